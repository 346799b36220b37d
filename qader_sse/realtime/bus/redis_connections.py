"""Connections to the Redis servers that hold the channels of the bus.

They are plain connections. redis-py's PubSub reconnects by itself, and then receives nothing after
it was cut while idle, or after a failover. Here every fault closes the connection, and the bus
opens a new one.
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

# The pause between two probes, and the longest time without receiving anything. Half-open
# connections, demoted primaries and moved partitions all show in probes that do not come back.
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
    """Receives from some channels of one server by one connection, and publishes by another."""

    def __init__(self, client: Redis, channels: Sequence[str], *, is_sharded: bool = False) -> None:
        self.channels = frozenset(channels)
        self._client = client
        self._publish = "SPUBLISH" if is_sharded else "PUBLISH"
        self._subscribe = "SSUBSCRIBE" if is_sharded else "SUBSCRIBE"
        # A channel of this connection alone. It begins with the name of another one, so that a
        # cluster keeps both on the same server.
        self._probe = f"{channels[0]}:probe:{secrets.token_hex(8)}"
        self._probed_at = 0.0
        self._received_at = time.monotonic()
        self._connection: Connection | None = None
        # hiredis parses what is received: redis-py itself spends more time on a message than all
        # the rest of a delivery takes.
        self._reader = hiredis.Reader()

    def open(self) -> Self:
        """Connect and subscribe; return once the server has confirmed every channel."""
        connection = self._client.connection_pool.get_connection()
        self._connection = connection
        wanted = [*self.channels, self._probe]
        for name in wanted:
            # One command each: a cluster refuses one with channels of several slots.
            connection.send_command(self._subscribe, name)
        for _ in wanted:
            kind, *_ = self._next_message(_ANSWER_SECONDS)
            if kind.decode() != self._subscribe.lower():
                raise Disconnected(f"the server answered {kind!r} to {self._subscribe}")
        return self

    def listen(self, receive: ReceiveBytes) -> Exception:
        """Pass on every message until the connection ends; return what ended it."""
        try:
            while True:
                kind, name, data = self._next_message(None)
                if kind not in (b"message", b"smessage"):
                    # A server ends the subscription to a partition that moves to another one.
                    return Disconnected(f"the server ended the subscription: {kind!r}")
                self._received_at = time.monotonic()
                if name.decode() != self._probe:
                    receive(data)
        except (RedisError, OSError) as error:
            return error

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish, and send a probe if one is due, in one round trip. Raises RedisError."""
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
        """Raise if probes are sent and do not come back."""
        if time.monotonic() - self._received_at > _PROBE_LIMIT_SECONDS:
            raise Disconnected(f"nothing received for {_PROBE_LIMIT_SECONDS} s")

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
            raise Disconnected("the connection is not open")
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._client.close()


ServerFinder = Callable[[Sequence[str]], list[RedisConnection]]


def server_finder(url: str) -> ServerFinder:
    """Return a function that finds the servers which hold given channels at that moment.

    Raises ValueError at once if the address has none of the URL_FORMS. The function itself raises
    RedisError.
    """
    parts = urlsplit(url)
    _, _, kind = parts.scheme.partition("+")
    if kind == "":
        ConnectionPool.from_url(url, **_OPTIONS)  # raises ValueError now, and not with every use
        return lambda channels: [RedisConnection(Redis.from_url(url, **_OPTIONS), channels)]
    if kind not in _DEFAULT_PORTS or not parts.scheme.startswith("redis"):
        raise ValueError("this kind of address is unknown")
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
    """Return a connection to each server that holds some of the channels.

    Before version 7 clusters have no sharded channels: every server passes what is published to all
    others, so one connection is enough. It is to the first server that answers, so that all workers
    use the same one and messages need not pass between servers.
    """
    # In random order: a server that was separated from its cluster may report an old distribution.
    asked, seed = _first_that_answers(random.sample(hosts, len(hosts)), access)
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
