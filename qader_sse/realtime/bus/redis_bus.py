"""The bus between workers: Redis pub/sub.

Messages are not trusted to arrive, and their content only with a signature: anybody else who can
publish can make workers read the log, and no more.

Whoever announces writes to Redis, and waits for nothing. One greenlet supervises the connections and
writes what a server did not take at once; two for each connection read what comes. Any fault closes
all connections. New ones are opened after a short pause, and every worker catches up with the log,
because announcements were lost meanwhile.
"""

import hashlib
import logging
import secrets
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import gevent
from gevent.event import Event as Signal
from redis.exceptions import RedisError

from qader_sse.domain.events import Event
from qader_sse.jitter import jittered
from qader_sse.realtime.bus import redis_servers
from qader_sse.realtime.bus.announcements import Announcement, announcements, decode, loss
from qader_sse.realtime.bus.interface import Lost, Receive
from qader_sse.realtime.bus.partitions import PARTITIONS, channel
from qader_sse.realtime.bus.redis_connections import PROBE_SECONDS, RedisConnection
from qader_sse.realtime.bus.redis_publisher import Message
from qader_sse.realtime.bus.signatures import SIGNATURE_BYTES, Signer

logger = logging.getLogger(__name__)

# Announcements that wait to be published: a second or two of the busiest worker. If there are more,
# the oldest are dropped; workers find them in the log.
_MAX_PENDING = 10_000
# The pause before connecting again is random, so that workers do not all come at once. Its upper
# bound doubles with each failure in a row.
_MIN_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 0.2, 2.0
# Connections that lasted longer than this end a row of failures.
_LASTING_SECONDS = 10.0
# Messages that nobody of this installation has signed are logged no more often than this.
_LOG_SECONDS = 60.0


class RedisBus:
    """A bus for any number of workers that share an address and a secret."""

    def __init__(self, url: str, secret_key: str) -> None:
        self.counters: Counter[str] = Counter()
        self._find = redis_servers.server_finder(url)
        # Two installations that share a Redis have topics of the same names, and must not receive
        # each other's events. Workers with the same secret belong to the same installation.
        self._namespace = hashlib.blake2s(secret_key.encode(), digest_size=8).hexdigest()
        self._channels = [channel(self._namespace, number) for number in range(PARTITIONS)]
        self._origin = secrets.token_hex(8)
        self._own = f"{self._origin} ".encode()
        self._signer = Signer(secret_key)
        self._untrusted_unlogged = 0
        self._untrusted_logged_at = -_LOG_SECONDS
        self._receivers: list[tuple[Receive, Lost]] = []
        self._connections: list[RedisConnection] = []
        self._pending: deque[Message] = deque(maxlen=_MAX_PENDING)
        self._has_work = Signal()
        self._is_started = self._is_up = False
        self._is_outage_logged = False
        self._down_since = self._up_since = time.monotonic()

    @property
    def is_up(self) -> bool:
        return self._is_up

    @property
    def hears_other_processes(self) -> bool:
        return self._is_up

    def start(self) -> None:
        self._is_started = True
        gevent.spawn(self._run)

    def announce(self, events: Sequence[Event]) -> None:
        for announcement in announcements(self._origin, events):
            for receive, _ in self._receivers:
                receive(announcement.events)
            if self._is_up:
                self._enqueue(announcement)
        if self._is_up:
            self._write_pending()
        elif self._is_started:
            self.counters["unpublished"] += len(events)
        else:
            self._publish_now(events)

    def subscribe(self, receive: Receive, lost: Lost) -> None:
        self._receivers.append((receive, lost))

    def _enqueue(self, announcement: Announcement) -> None:
        if len(self._pending) == _MAX_PENDING:
            self.counters["overflowed"] += 1
        name = self._channels[announcement.partition]
        self._pending.append((name, self._signer.sign(announcement.encode())))

    def _publish_now(self, events: Sequence[Event]) -> None:
        """Publish events in a process that never starts its bus, such as a command.

        Waits for Redis, but no longer than its timeouts: such a process ends at once. If nothing
        were published, `flask users disable` would end no stream before the workers catch up.
        """
        messages = [
            (self._channels[one.partition], self._signer.sign(one.encode()))
            for one in announcements(self._origin, events)
        ]
        connections: list[RedisConnection] = []
        try:
            connections += self._find(self._channels)
            for connection in connections:
                connection.publish(_of(connection, messages))
            self.counters["published"] += len(messages)
        except (RedisError, OSError) as error:
            self.counters["unpublished"] += len(events)
            logger.warning("not announced (%s); workers find it when they catch up", error)
        finally:
            for connection in connections:
                connection.close()

    def _run(self) -> None:
        failures = 0
        while True:
            try:
                self._carry_announcements()
            except Exception as error:
                if not isinstance(error, RedisError | OSError):
                    # A mistake in our code. The loop goes on, or the worker would receive nothing.
                    logger.exception("the bus failed")
                lasted = self._is_up and time.monotonic() - self._up_since > _LASTING_SECONDS
                failures = 1 if lasted else failures + 1
                self._note_down(error)
            longest = min(_MAX_PAUSE_SECONDS, _MIN_PAUSE_SECONDS * 2 ** min(failures, 8))
            gevent.sleep(jittered(longest, 0, 1))

    def _carry_announcements(self) -> None:
        """Open connections and carry announcements until a fault, which is raised."""
        connections: list[RedisConnection] = []
        readers: list[gevent.Greenlet[..., Exception]] = []
        try:
            for connection in self._find(self._channels):
                connections.append(connection)
                connection.open()
                readers += [
                    gevent.spawn(connection.listen, self._receive),
                    gevent.spawn(connection.publisher.listen),
                ]
            for reader in readers:
                reader.rawlink(lambda _: self._has_work.set())
            self._connections = connections
            self._note_up()
            while True:
                self._has_work.clear()
                self._write_pending()
                for reader in readers:
                    if reader.ready():
                        raise reader.get()
                for connection in connections:
                    connection.probe()
                    connection.require_probe()
                self._has_work.wait(PROBE_SECONDS)
        finally:
            self._connections = []
            gevent.killall(readers)
            for connection in connections:
                connection.close()

    def _write_pending(self) -> None:
        """Write what is pending if the servers have taken all before it; else have the greenlet wait."""
        if self._connections and all(one.publisher.is_clear for one in self._connections):
            messages = list(self._pending)
            self._pending.clear()
            for connection in self._connections:
                connection.publisher.write(_of(connection, messages))
            self.counters["published"] += len(messages)
        if not all(one.publisher.is_clear for one in self._connections):
            self._has_work.set()

    def _receive(self, data: bytes) -> None:
        if data.startswith(self._own, SIGNATURE_BYTES):
            return  # our own: `announce` has passed its events to the subscribers already
        content = self._signer.content(data)
        if content is None:
            self._distrust()
            return
        try:
            events = decode(content)
        except ValueError:
            # A newer version has written it.
            self.counters["unreadable"] += 1
            self._report_loss()
            return
        self.counters["received"] += 1
        for receive, lost in self._receivers:
            if events:
                receive(events)
            else:
                lost()

    def _distrust(self) -> None:
        """Take a message of who knows whom for the hint that the log may have something new.

        How often the log is read for it, the hub bounds.
        """
        self.counters["untrusted"] += 1
        self._untrusted_unlogged += 1
        now = time.monotonic()
        if now - self._untrusted_logged_at >= _LOG_SECONDS:
            logger.warning(
                "messages in Redis that this SECRET_KEY has not signed: %d; an earlier version"
                " publishes, or somebody else does; streams read the log",
                self._untrusted_unlogged,
            )
            self._untrusted_unlogged, self._untrusted_logged_at = 0, now
        self._report_loss()

    def _note_up(self) -> None:
        logger.info("the bus is up after %.1fs", time.monotonic() - self._down_since)
        self.counters["joins"] += 1
        self._is_up = self._is_outage_logged = True
        self._up_since = time.monotonic()
        # During the outage neither announcements of other workers came here, nor ours to them.
        self._enqueue(loss(self._origin))
        self._report_loss()

    def _note_down(self, error: Any) -> None:
        self._pending.clear()
        self.counters["lost_connections" if self._is_up else "failed_attempts"] += 1
        if self._is_up or not self._is_outage_logged:
            self._is_outage_logged = True
            logger.warning("degraded: the bus is away (%s); streams read the log", error)
        if self._is_up:
            self._is_up = False
            self._down_since = time.monotonic()
            self._report_loss()

    def _report_loss(self) -> None:
        for _, lost in self._receivers:
            lost()


def _of(connection: RedisConnection, messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message[0] in connection.channels]
