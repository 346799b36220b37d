"""Redis: it carries announcements and counts limits, and keeps both for as long as they are wanted."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
)

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part
from qader_sse.realtime.bus import redis_servers

# What a user of Redis needs for the service and for these checks; the last two where it is a cluster.
RIGHTS = (
    "resetchannels &qader:* ~qader:* +@pubsub +eval +evalsha +script +get +set +time +ping +info"
    " +cluster|slots +command"
)
_OLDEST_VERSION = (6, 2)
_CHANNEL = "qader:doctor:{0}"
_KEY = "qader:doctor"
# What limits do: a script that reads and writes keys by Redis's clock.
_SCRIPT = "redis.call('SET', KEYS[1], '1', 'EX', 10) return redis.call('TIME')[1]"
# A burst of the starts of many duels, for a worker that does not read for a moment.
_LEAST_BUFFER_BYTES = 8 * 1024**2
_FULL = 0.9


def _clients(exam: Examination) -> list[Redis]:
    client = redis_servers.client(exam.settings.redis_url)
    if isinstance(client, RedisCluster):
        return [client.get_redis_connection(node) for node in _primaries(client)]
    return [client]


def _primaries(cluster: RedisCluster) -> list[ClusterNode]:
    found: list[ClusterNode] = cluster.get_primaries()  # type: ignore[no-untyped-call]  # redis-py left this out
    return found


def answers(exam: Examination) -> Iterator[Finding]:
    try:
        for client in _clients(exam):
            client.ping()
    except NoPermissionError as error:
        yield _forbidden("may not ask it anything", error, ends_part=True)
    except RedisClusterException as error:
        yield Finding(
            "redis_no_cluster",
            f"REDIS_URL names a cluster, and none is there ({' '.join(str(error).split())}).",
            "Start its nodes; where it is one server, name it as redis://host:port.",
            ends_part=True,
        )
    except (RedisError, OSError) as error:
        yield Finding(
            "redis_away",
            f"REDIS_URL: Redis does not answer ({' '.join(str(error).split())}).",
            "Start it, or correct the address; until then events come up to half a second late.",
            ends_part=True,
        )


def pub_sub(exam: Examination) -> Iterator[Finding]:
    try:
        for server in redis_servers.server_finder(exam.settings.redis_url)([_CHANNEL]):
            with closing(server):
                server.open().publish([(_CHANNEL, b"")])
    except (RedisError, OSError) as error:
        yield _refused("publishes or subscribes to nothing", error)


def commands(exam: Examination) -> Iterator[Finding]:
    try:
        redis_servers.client(exam.settings.redis_url).eval(_SCRIPT, 1, _KEY)
    except OutOfMemoryError:
        yield Finding(
            "redis_full",
            "Redis has no memory left to count limits in; each worker counts for itself.",
            "Raise maxmemory, and set maxmemory-policy volatile-ttl.",
        )
    except ReadOnlyError:
        yield Finding(
            "redis_replica",
            "REDIS_URL names a replica, which counts no limits.",
            "Name the primary, or the sentinels: redis+sentinel://host:port/name",
        )
    except RedisError as error:
        yield _refused("runs no scripts", error)


def _refused(what: str, error: Exception) -> Finding:
    said = " ".join(str(error).split())
    if isinstance(error, NoPermissionError) or "NOPERM" in said:
        return _forbidden(what, error)
    return Finding(
        "redis_fails",
        f"Redis {what}: {said}.",
        "Look at its log; until it works, events come up to half a second late.",
    )


def _forbidden(what: str, error: Exception, *, ends_part: bool = False) -> Finding:
    return Finding(
        "redis_forbids",
        f"This user of Redis {what}: {' '.join(str(error).split())}.",
        f"Allow it what the service needs: ACL SETUSER … {RIGHTS}",
        ends_part=ends_part,
    )


def memory(exam: Examination) -> Iterator[Finding]:
    for client in _clients(exam):
        info: Any = client.info()
        most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
        if most and used > _FULL * most:
            yield Finding(
                "redis_nearly_full",
                f"Redis uses {used // 1024} of {most // 1024} KiB (maxmemory).",
                "Raise maxmemory; a million people who are counted at once take some 100 MB.",
            )
        if evicted := int(info.get("evicted_keys", 0)):
            yield Finding(
                "redis_evicts",
                f"Redis has evicted {evicted} keys since it was started, or its statistics reset:"
                " limits forget whom they have counted.",
                "Raise maxmemory, or give the service a Redis of its own. Then have it count anew, to"
                " see whether that was enough: redis-cli CONFIG RESETSTAT",
            )


def version(exam: Examination) -> Iterator[Finding]:
    for client in _clients(exam):
        info: Any = client.info("server")
        found = str(info["redis_version"])
        if tuple(map(int, found.split(".")[:2])) < _OLDEST_VERSION:
            yield Finding(
                "redis_old",
                f"Redis is {found}; 6.2 is the oldest that was tested.",
                "Upgrade it.",
            )


def buffers(exam: Examination) -> Iterator[Finding]:
    for client in _clients(exam):
        try:
            found: Any = client.config_get("client-output-buffer-limit")
        except RedisError:
            return  # a hosted Redis shows its configuration to nobody
        *_, of_pub_sub = found["client-output-buffer-limit"].partition("pubsub ")
        hard, soft, _ = map(int, of_pub_sub.split()[:3])
        if any(0 < limit < _LEAST_BUFFER_BYTES for limit in (hard, soft)):
            yield Finding(
                "redis_buffer_small",
                f"Redis cuts a worker that is {min(filter(None, (hard, soft))) // 1024} KiB behind.",
                "Set client-output-buffer-limit pubsub 32mb 8mb 60, the default.",
            )
        if not hard and not soft:
            yield Finding(
                "redis_buffer_unbounded",
                "A worker that reads nothing fills the memory of Redis: nothing bounds its buffer.",
                "Set client-output-buffer-limit pubsub 32mb 8mb 60, the default.",
            )


REDIS = Part(
    "Redis",
    lambda exam: bool(exam.settings.redis_url),
    (
        Check("answers", answers),
        Check("publish and subscribe", pub_sub),
        Check("scripts and keys", commands),
        Check("version", version),
        Check("memory and eviction", memory),
        Check("buffers of subscribers", buffers),
    ),
)
