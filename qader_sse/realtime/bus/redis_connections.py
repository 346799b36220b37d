"""Connections to the Redis servers that hold the channels of the bus.

They are plain connections. redis-py's PubSub reconnects by itself, and then receives nothing after
it was cut while idle, or after a failover. Here every fault closes the connection, and the bus
opens a new one.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import gevent
import hiredis
from redis import Redis
from redis.connection import Connection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from qader_sse.realtime.bus.redis_publisher import Message, RedisPublisher

ReceiveBytes = Callable[[bytes], None]

# The pause between two probes, and the longest time without receiving anything. Half-open
# connections, demoted primaries and moved partitions all show in probes that do not come back.
PROBE_SECONDS = 2.0
PROBE_LIMIT_SECONDS = 5.0
ANSWER_SECONDS = 2.0
_RECEIVE_BYTES = 16 * 1024
# A longer message is taken for a fault. The largest announcement is the start of a duel, with all
# its questions: some 100 KiB.
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_MESSAGES = (b"message", b"smessage")


class RedisConnection:
    """Receives from some channels of one server by one connection, and publishes by another.

    Once it is open, `publisher` publishes and waits for nothing. `publish` waits for the server, and
    works before `open` as well.
    """

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
        self._publisher: RedisPublisher | None = None
        # hiredis parses what is received: redis-py itself spends more time on a message than all
        # the rest of a delivery takes.
        self._reader = hiredis.Reader()

    def open(self) -> Self:
        """Connect, subscribe, and publish once; return when the server has confirmed all of it.

        It publishes because the user that REDIS_URL names may be allowed to subscribe only.

        Announcements flow while the confirmations arrive: on the channels confirmed first, messages
        come before the last confirmation. They are dropped, because the bus makes every worker
        catch up once its connections are open.
        """
        connection = self._client.connection_pool.get_connection()
        self._connection = connection
        wanted = [*self.channels, self._probe]
        for name in wanted:
            # One command a channel: a cluster refuses a command with channels of several slots.
            connection.send_command(self._subscribe, name)
        give_up_at = time.monotonic() + ANSWER_SECONDS
        unconfirmed = len(wanted)
        while unconfirmed:
            # One time limit for all confirmations: with a new one for each read, messages between
            # them could extend the wait for ever.
            left = give_up_at - time.monotonic()
            if left <= 0:
                raise Disconnected(f"{unconfirmed} of {len(wanted)} channels were not confirmed")
            kind, *_ = self._next_message(left)
            if kind.decode() == self._subscribe.lower():
                unconfirmed -= 1
            elif kind not in _MESSAGES:
                raise Disconnected(f"the server answered {kind!r} to {self._subscribe}")
        self.publish([])
        publishing = self._client.connection_pool.get_connection()
        self._publisher = RedisPublisher(publishing, self._publish)
        return self

    def listen(self, receive: ReceiveBytes) -> Exception:
        """Pass on every message until the connection ends; return what ended it."""
        probe = self._probe.encode()
        try:
            while True:
                kind, name, data = self._next_message(None)
                if kind not in _MESSAGES:
                    # A server ends the subscription to a partition that moves to another one.
                    return Disconnected(f"the server ended the subscription: {kind!r}")
                if name != probe:
                    receive(data)
        except (RedisError, OSError) as error:
            return error

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish, and send a probe if one is due, in one round trip. Raises RedisError."""
        messages = [*messages, *self._probes_due()]
        if not messages:
            return
        pipeline = self._client.pipeline(transaction=False)
        for name, data in messages:
            pipeline.execute_command(self._publish, name, data)
        pipeline.execute()

    def probe(self) -> None:
        """Write a probe if one is due, and wait until the server has taken all. Raises RedisError."""
        self.publisher.flush(ANSWER_SECONDS)
        self.publisher.write(self._probes_due())
        self.publisher.flush(ANSWER_SECONDS)

    @property
    def publisher(self) -> RedisPublisher:
        if self._publisher is None:
            raise Disconnected("the connection is not open")
        return self._publisher

    def require_probe(self) -> None:
        """Raise Disconnected if nothing, not even a probe, has come for PROBE_LIMIT_SECONDS."""
        if time.monotonic() - self._received_at > PROBE_LIMIT_SECONDS:
            raise Disconnected(f"nothing received for {PROBE_LIMIT_SECONDS} s")

    def _probes_due(self) -> list[Message]:
        now = time.monotonic()
        if now - self._probed_at < PROBE_SECONDS:
            return []
        self._probed_at = now
        return [(self._probe, b"")]

    def _next_message(self, timeout: float | None) -> list[Any]:
        unread = 0
        while (message := self._reader.gets()) is False:
            socket: Any = self._opened._sock  # noqa: SLF001  # redis-py has no public name for it
            socket.settimeout(timeout)
            data = socket.recv(_RECEIVE_BYTES)
            if not data:
                raise Disconnected("the server closed the connection")
            self._received_at = time.monotonic()
            unread += len(data)
            if unread > _MAX_MESSAGE_BYTES:
                raise Disconnected(f"a message is larger than {_MAX_MESSAGE_BYTES} bytes")
            self._reader.feed(data)
            if len(data) == _RECEIVE_BYTES:
                # More may wait already. If reading never had to wait, no other greenlet would run.
                gevent.sleep(0)
        if isinstance(message, hiredis.HiredisError):
            raise Disconnected(str(message))
        received: list[Any] = message
        return received

    @property
    def _opened(self) -> Connection:
        if self._connection is None:
            raise Disconnected("the connection is not open")
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        if self._publisher is not None:
            self._publisher.close()
        self._client.close()
