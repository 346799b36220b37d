"""Finds the Redis servers that hold given channels: one server, a primary by Sentinel, or a cluster."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import ConnectionPool
from redis.crc import key_slot
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from qader_sse.realtime.bus.redis_connections import ANSWER_SECONDS, RedisConnection

Hosts = list[tuple[str, int]]

URL_FORMS = (
    "redis://[user:password@]host:port,"
    " redis+sentinel://[user:password@]host:port,host:port/name-of-the-primary or"
    " redis+cluster://[user:password@]host:port,host:port (rediss instead of redis for TLS)"
)

_OPTIONS: dict[str, Any] = {
    "socket_timeout": ANSWER_SECONDS,
    "socket_connect_timeout": ANSWER_SECONDS,
    "retry": Retry(NoBackoff(), 0),
    "protocol": 2,
}
# A command is part of somebody's request, which must not wait. A connection that was closed while
# idle is opened again at once.
_COMMAND_SECONDS = 0.3
_COMMAND_OPTIONS: dict[str, Any] = {
    **_OPTIONS,
    "socket_timeout": _COMMAND_SECONDS,
    "socket_connect_timeout": _COMMAND_SECONDS,
    "retry": Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
}
_SHARDED_SINCE = 7
_DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}
_URL = re.compile(r"([^:/]+://)((?:[^/?#]*@)?)([^/?#]*)(.*)")
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/@\s]+))(?::([0-9]{1,5}))?")

ServerFinder = Callable[[Sequence[str]], list[RedisConnection]]


def server_finder(url: str) -> ServerFinder:
    """Return a function that finds the servers which hold given channels at that moment.

    Raises ValueError at once if the address has none of the URL_FORMS. The function itself raises
    RedisError.
    """
    parts, addresses = _split(url)
    _, _, kind = parts.scheme.partition("+")
    if kind == "":
        ConnectionPool.from_url(url, **_OPTIONS)  # raises ValueError for a bad address
        return lambda channels: [RedisConnection(Redis.from_url(url, **_OPTIONS), channels)]
    if kind not in _DEFAULT_PORTS or not parts.scheme.startswith("redis"):
        raise ValueError("this kind of address is unknown")
    access = _access(parts)
    hosts = _hosts(addresses, _DEFAULT_PORTS[kind])
    if kind == "sentinel":
        return _by_sentinel(parts, hosts, access)
    if parts.path.strip("/") or parts.query:
        raise ValueError("a cluster has neither a name nor options")
    return lambda channels: _in_cluster(hosts, access, channels)


def client(url: str) -> Redis | RedisCluster:
    """Return a client for commands on keys, which reconnects by itself and waits for little.

    Raises RedisError where the servers have to be found first, and do not answer.
    """
    parts, addresses = _split(url)
    _, _, kind = parts.scheme.partition("+")
    if kind == "":
        return Redis.from_url(url, **_COMMAND_OPTIONS)
    access = _access(parts) | _COMMAND_OPTIONS
    hosts = _hosts(addresses, _DEFAULT_PORTS[kind])
    if kind == "sentinel":
        sentinel = _sentinel(parts, hosts, access)
        primary: Redis = sentinel.master_for(parts.path.strip("/"), **access)
        return primary
    nodes = [ClusterNode(host, port) for host, port in hosts]
    return RedisCluster(startup_nodes=nodes, **access)


def _split(url: str) -> tuple[SplitResult, str]:
    """Return the parts of an address, with a single host in it, and its hosts as they are written.

    urlsplit must not see several hosts: from Python 3.14 on it refuses them if one is in brackets.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("this is no address")
    scheme, access, addresses, rest = found.groups()
    return urlsplit(f"{scheme}{access}host{rest}"), addresses


def _access(parts: SplitResult) -> dict[str, Any]:
    return {
        **_OPTIONS,
        "username": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "ssl": parts.scheme.startswith("rediss"),
    }


def _by_sentinel(parts: SplitResult, hosts: Hosts, access: dict[str, Any]) -> ServerFinder:
    name = parts.path.strip("/")
    if not name or "/" in name or set(parse_qs(parts.query)) - {"sentinel_password"}:
        raise ValueError("the name of the primary is missing, or an option is unknown")
    sentinel = _sentinel(parts, hosts, access)

    def at_primary(channels: Sequence[str]) -> list[RedisConnection]:
        host, port = sentinel.discover_master(name)
        return [RedisConnection(Redis(host=host, port=port, **access), channels)]

    return at_primary


def _sentinel(parts: SplitResult, hosts: Hosts, access: dict[str, Any]) -> Sentinel:
    password = parse_qs(parts.query).get("sentinel_password", [None])[0]
    own = {"password": password, "ssl": access["ssl"]}
    return Sentinel(hosts, sentinel_kwargs=_OPTIONS | own, **access)


def _in_cluster(
    hosts: Hosts, access: dict[str, Any], channels: Sequence[str]
) -> list[RedisConnection]:
    """Return a connection to each server that holds some of the channels.

    Before version 7 clusters have no sharded channels: every server passes what is published to all
    others, so one connection is enough. It is to the first server that answers, so that all workers
    use the same one and messages need not pass between servers.
    """
    # In random order: a server that was separated from its cluster may report an old distribution.
    asked, seed = _first_that_answers(random.sample(hosts, len(hosts)), access)  # nosec B311  # it spreads load
    try:
        version = seed.info("server")["redis_version"]
        slots = seed.execute_command("CLUSTER SLOTS")
    except RedisError:
        seed.close()
        raise
    seed.close()
    if int(version.partition(".")[0]) < _SHARDED_SINCE:
        _, common = _first_that_answers(hosts, access)
        return [RedisConnection(common, channels)]
    by_server: dict[tuple[str, int], list[str]] = {}
    for name in channels:
        host, port = _server_of(slots, key_slot(name.encode()))
        # A server that does not know its own address leaves it out. It is the one that was asked.
        by_server.setdefault((host or asked, port), []).append(name)
    return [
        RedisConnection(Redis(host=host, port=port, **access), names, is_sharded=True)
        for (host, port), names in by_server.items()
    ]


def _server_of(slots: Sequence[Any], slot: int) -> tuple[str, int]:
    for first, last, (host, port, *_), *_ in slots:
        if first <= slot <= last:
            return (host or b"").decode(), port
    raise Disconnected(f"no server of the cluster holds slot {slot}")


def _first_that_answers(hosts: Hosts, access: dict[str, Any]) -> tuple[str, Redis]:
    problem: RedisError = Disconnected("no host is named")
    for host, port in hosts:
        client = Redis(host=host, port=port, **access)
        try:
            client.ping()
        except RedisError as error:
            problem = error
            client.close()
        else:
            return host, client
    raise problem


def _hosts(text: str, default_port: int) -> Hosts:
    """Parse `host:port,host,[::1]:port`. Raises ValueError."""
    found = [_HOST.fullmatch(host) for host in text.split(",")]
    if None in found:
        raise ValueError("not a host and port")
    return [
        (host[1] or host[2], int(host[3] or default_port)) for host in found if host is not None
    ]
