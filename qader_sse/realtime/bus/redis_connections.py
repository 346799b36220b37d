"""Connections to Redis for the bus: where its channels live, one link to each such server.

A link has two connections, one to hear and one to say. They are plain ones: redis-py's
PubSub reconnects by itself, and is then silent after an idle cut and deaf after a
failover. Here every fault ends the link, and the bus makes new ones.
"""

import random
import re
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Self, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import hiredis
from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool
from redis.crc import key_slot
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

ReceiveBytes = Callable[[bytes], None]
Hosts = list[tuple[str, int]]

URL_FORMS = (
    "redis://[user:password@]host:port,"
    " redis+sentinel://[user:password@]host:port,host:port/name-of-the-primary or"
    " redis+cluster://[user:password@]host:port,host:port (rediss instead of redis for TLS)"
)

# Between two signs of life, and the longest without one. Half-open connections, demoted
# primaries and moved partitions all show in a probe that is sent and does not come back.
PROBE_SECONDS = 2.0
_PROBE_LIMIT_SECONDS = 5.0
_ANSWER_SECONDS = 2.0
_OPTIONS: dict[str, Any] = {
    "socket_timeout": _ANSWER_SECONDS,
    "socket_connect_timeout": _ANSWER_SECONDS,
    "retry": Retry(NoBackoff(), 0),
    "protocol": 2,
}
_RECEIVE_BYTES = 64 * 1024
_SHARDED_SINCE = 7
_DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/@\s]+))(?::([0-9]{1,5}))?")


class RedisConnection:
    """Hears some channels of one server and says things there."""

    def __init__(self, client: Redis, channels: Sequence[str], *, is_sharded: bool = False) -> None:
        self.channels = frozenset(channels)
        self._client = client
        self._publish = "SPUBLISH" if is_sharded else "PUBLISH"
        self._subscribe = "SSUBSCRIBE" if is_sharded else "SUBSCRIBE"
        # Ours alone, beside the first channel so that a cluster keeps it on the same server.
        self._probe = f"{channels[0]}:probe:{secrets.token_hex(8)}"
        self._probed_at = 0.0
        self._received_at = time.monotonic()
        self._connection: Connection | None = None
        # Read past redis-py, which spends more on a message than all the rest of its way.
        self._reader = hiredis.Reader()

    def open(self) -> Self:
        """Connect and subscribe; return once the server has confirmed every channel."""
        connection = self._client.connection_pool.get_connection()
        self._connection = connection
        wanted = [*self.channels, self._probe]
        for name in wanted:
            # One by one: a cluster refuses several channels of different slots at once.
            connection.send_command(self._subscribe, name)
        for _ in wanted:
            kind, *_ = self._next_message(_ANSWER_SECONDS)
            if kind.decode() != self._subscribe.lower():
                raise Disconnected(f"the server answered {kind!r} to {self._subscribe}")
        return self

    def listen(self, receive: ReceiveBytes) -> Exception:
        """Pass on every message, for as long as the connection holds; return what ended it."""
        try:
            while True:
                kind, name, data = self._next_message(None)
                if kind not in (b"message", b"smessage"):
                    # A partition that moves away is unsubscribed by the server it leaves.
                    return Disconnected(f"the server ended the subscription: {kind!r}")
                self._received_at = time.monotonic()
                if name.decode() != self._probe:
                    receive(data)
        except (RedisError, OSError) as error:
            return error

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish to channels of this link, in one round trip. Raises RedisError."""
        now = time.monotonic()
        is_probe_due = now - self._probed_at >= PROBE_SECONDS
        if not messages and not is_probe_due:
            return
        pipeline = self._client.pipeline(transaction=False)
        for name, data in messages:
            pipeline.execute_command(self._publish, name, data)
        if is_probe_due:
            self._probed_at = now
            pipeline.execute_command(self._publish, self._probe, b"")
        pipeline.execute()

    def require_probe(self) -> None:
        """Raise where probes go out and do not come back."""
        if time.monotonic() - self._received_at > _PROBE_LIMIT_SECONDS:
            raise Disconnected(f"nothing heard for {_PROBE_LIMIT_SECONDS} s")

    def _next_message(self, timeout: float | None) -> list[Any]:
        while (message := self._reader.gets()) is False:
            socket: Any = self._opened._sock  # noqa: SLF001  # redis-py has no public name for it
            socket.settimeout(timeout)
            data = socket.recv(_RECEIVE_BYTES)
            if not data:
                raise Disconnected("the server closed the connection")
            self._reader.feed(data)
        if isinstance(message, hiredis.HiredisError):
            raise Disconnected(str(message))
        return cast(list[Any], message)

    @property
    def _opened(self) -> Connection:
        if self._connection is None:
            raise Disconnected("the link is not open")
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._client.close()


ServerFinder = Callable[[Sequence[str]], list[RedisConnection]]


def server_finder(url: str) -> ServerFinder:
    """Return what finds, at this moment, the servers of these channels.

    The address has one of URL_FORMS; anything else is a ValueError, at once. The function raises
    RedisError.
    """
    parts = urlsplit(url)
    _, _, kind = parts.scheme.partition("+")
    if kind == "":
        ConnectionPool.from_url(url, **_OPTIONS)  # raises for what it could not use later
        return lambda channels: [RedisConnection(Redis.from_url(url, **_OPTIONS), channels)]
    if kind not in _DEFAULT_PORTS or not parts.scheme.startswith("redis"):
        raise ValueError("no such kind of address")
    access = {
        **_OPTIONS,
        "username": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "ssl": parts.scheme.startswith("rediss"),
    }
    hosts = _hosts(parts.netloc.rpartition("@")[2], _DEFAULT_PORTS[kind])
    if kind == "sentinel":
        return _by_sentinel(parts, hosts, access)
    if parts.path.strip("/") or parts.query:
        raise ValueError("a cluster has neither a name nor options")
    return lambda channels: _in_cluster(hosts, access, channels)


def _by_sentinel(parts: SplitResult, hosts: Hosts, access: dict[str, Any]) -> ServerFinder:
    name, options = parts.path.strip("/"), parse_qs(parts.query)
    if not name or "/" in name or set(options) - {"sentinel_password"}:
        raise ValueError("the name of the primary is missing, or an option is unknown")
    own = {"password": options.get("sentinel_password", [None])[0], "ssl": access["ssl"]}
    sentinel = Sentinel(hosts, sentinel_kwargs=_OPTIONS | own, **access)

    def at_primary(channels: Sequence[str]) -> list[RedisConnection]:
        host, port = sentinel.discover_master(name)
        return [RedisConnection(Redis(host=host, port=port, **access), channels)]

    return at_primary


def _in_cluster(
    hosts: Hosts, access: dict[str, Any], channels: Sequence[str]
) -> list[RedisConnection]:
    """Return a link to each server that holds some channels; before version 7, to any one.

    There, what is published goes to every server of the cluster, so one is enough: the first
    that answers, so that all workers meet at the same one, past the way between servers.
    """
    # Another one each time: a server that the cluster has lost may have a wrong idea of it all.
    asked, seed = _first_that_answers(random.sample(hosts, len(hosts)), access)
    try:
        version = seed.info("server")["redis_version"]
        slots = seed.execute_command("CLUSTER SLOTS")
    except RedisError:
        seed.close()
        raise
    seed.close()
    if int(version.partition(".")[0]) < _SHARDED_SINCE:
        _, meeting_place = _first_that_answers(hosts, access)
        return [RedisConnection(meeting_place, channels)]
    by_server: dict[tuple[str, int], list[str]] = {}
    for name in channels:
        host, port = _server_of(slots, key_slot(name.encode()))
        # A server that does not know its own address leaves it out: it is the one we asked.
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
    """Read `host:port,host,[::1]:port`. Raises ValueError."""
    found = [_HOST.fullmatch(host) for host in text.split(",")]
    if None in found:
        raise ValueError("not a host and port")
    return [
        (host[1] or host[2], int(host[3] or default_port)) for host in found if host is not None
    ]
