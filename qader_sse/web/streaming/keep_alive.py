"""How long a connection may keep the server waiting, and how it ends without losing a request.

A client is waited for in five places: for its handshake where gunicorn speaks TLS, for its next
request, for the rest of that request's head, for the body, and while it takes the answer. Each has a
deadline for the whole, because a client that sends one byte every few seconds would otherwise hold one
of `worker_connections` for good.
When these are nearly all in use, the connections that have waited for the longest are cut, so that
quick clients get in. Streams are handed over and have their own rules.

A proxy that reuses a connection in the moment in which the server closes it gets no answer, and
may not repeat a POST. So the server waits longer than the usual proxies; it announces the end of a
connection with its last answer (`Connection: close`) where it can; and where it cannot, it stops
reading before it closes: what the kernel has received by then is still answered.
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from qader_sse.config import Settings

logger = logging.getLogger(__name__)

# For the first request of a connection, and for every request of a peer that is no proxy: thousands
# of browsers may be connected directly, and each idle connection is one of `worker_connections`.
SHORT_SECONDS = 5.0
# For a connection whose last answer, although the worker was stopping, did not announce the end.
_LAST_SECONDS = 1.0
_LOG_SECONDS = 10.0


class Timer(Protocol):
    def close(self) -> None:
        """Do not call back any more."""


class EventLoop(Protocol):
    """What is needed of `gevent_adapter`, where each function is described."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer: ...

    def when_readable(self, connection: socket.socket, callback: Callable[[], None]) -> Any: ...

    def stop_reading(self, connection: socket.socket) -> None: ...

    def abort(self, connection: socket.socket) -> None: ...


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds. A body, or an answer, has this time and more according to its size."""

    idle: float  # of a proxy's connection, between two requests
    head: float = 10.0
    body: float = 10.0
    answer: float = 10.0
    bytes_per_second: float = 4_000.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            idle=settings.keepalive_seconds,
            head=settings.head_seconds,
            body=settings.body_seconds,
            answer=settings.answer_seconds,
            bytes_per_second=settings.slowest_bytes_per_second,
        )


class KeptConnection(AbstractContextManager[None]):
    """One connection; as a context, it limits the wait for a request until its head is complete."""

    def __init__(
        self, owner: "KeepAlive", client: socket.socket, idle_seconds: float, *, of_proxy: bool
    ) -> None:
        self.of_proxy = of_proxy
        self.is_ending = False
        self._owner = owner
        self._client = client
        self._idle_seconds = idle_seconds
        self._seconds = min(idle_seconds, SHORT_SECONDS)
        self._head_seconds = owner.deadlines.head
        self._timer: Timer | None = None
        self._on_first_byte: Any = None
        self._is_between_requests = False
        # Not a bound method: a connection that refers to itself is freed only by a collection of garbage.
        self._end_the_wait: Callable[[KeptConnection], None] = KeptConnection._stop_reading

    def __enter__(self) -> None:
        self._client.settimeout(None)  # the deadline is for the whole, not for each byte
        self._is_between_requests = True
        self._wait(self._seconds, KeptConnection._stop_reading)
        self._on_first_byte = self._owner.loop.when_readable(self._client, self._begin_head)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_between_requests = False
        self._forget_first_byte()
        self.stop_waiting()
        self._seconds = self._idle_seconds

    def shake_hands(self) -> bool:
        """Return whether the client can be served: with TLS, it first has to make its handshake in time."""
        if not isinstance(self._client, ssl.SSLSocket):
            return True
        self._wait(self._head_seconds, KeptConnection._stop_reading)
        try:
            self._client.do_handshake()
        except OSError:  # late, gone, or not of TLS
            return False
        finally:
            self.stop_waiting()
        return True

    def wait_for_body(self, size: int) -> None:
        """Limit the wait for the rest of the request, until the answer begins."""
        deadlines = self._owner.deadlines
        self._wait(deadlines.body + size / deadlines.bytes_per_second, KeptConnection._stop_reading)

    def wait_for_reader(self, size: int) -> None:
        """Limit the time in which the client takes the answer, until the next wait."""
        deadlines = self._owner.deadlines
        self._wait(deadlines.answer + size / deadlines.bytes_per_second, KeptConnection._abort)

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.close()
            self._timer = None
            del self._owner.waiting[self]

    def cut(self) -> None:
        """End the connection at once, because the client keeps the server waiting."""
        self.stop_waiting()
        self._end_the_wait(self)

    def end(self) -> None:
        """End the connection: at once if it waits for a request, else a second after its answer."""
        self._seconds = self._idle_seconds = self._head_seconds = _LAST_SECONDS
        if self._is_between_requests:
            self.cut()

    def _wait(self, seconds: float, end: "Callable[[KeptConnection], None]") -> None:
        self.stop_waiting()
        self._end_the_wait = end
        self._timer = self._owner.loop.call_later(seconds, self.cut)
        self._owner.waiting[self] = None

    def _begin_head(self) -> None:
        self._forget_first_byte()
        self._wait(self._head_seconds, KeptConnection._stop_reading)

    def _forget_first_byte(self) -> None:
        if self._on_first_byte is not None:
            self._on_first_byte.stop()
            self._on_first_byte.close()
            self._on_first_byte = None

    def _stop_reading(self) -> None:
        """Let the waiting greenlet find the end of the input, after what has arrived already."""
        self.is_ending = True
        with suppress(OSError):  # the client has closed it already
            self._owner.loop.stop_reading(self._client)

    def _abort(self) -> None:
        """Let the writing greenlet fail, and forget what the client has not taken."""
        self.is_ending = True
        with suppress(OSError):
            self._owner.loop.abort(self._client)


class KeepAlive:
    """The connections of a worker, each under a key of its own: the greenlet that serves it."""

    def __init__(self, deadlines: Deadlines, most: int, loop: EventLoop) -> None:
        """Cut those that wait for the longest when most of `most` connections are open."""
        self.deadlines = deadlines
        self.loop = loop
        # Those that wait for their clients, the one that has waited for the longest first.
        self.waiting: dict[KeptConnection, None] = {}
        # Those that are cut are gone only some iterations of the event loop later.
        self._room = most - max(1, most // 20)
        self._open: dict[Hashable, KeptConnection] = {}
        self._is_over = False
        self._cut = 0  # since the last line in the log
        self._logged_at = -_LOG_SECONDS

    def add(self, key: Hashable, client: socket.socket, *, of_proxy: bool) -> None:
        idle = self.deadlines.idle
        seconds = idle if of_proxy else min(idle, SHORT_SECONDS)
        self._open[key] = KeptConnection(self, client, seconds, of_proxy=of_proxy)
        if self._is_over:
            self._open[key].end()
        if len(self._open) > self._room:
            self._make_room()

    def remove(self, key: Hashable) -> None:
        self._open.pop(key).stop_waiting()

    def of(self, key: Hashable) -> KeptConnection:
        return self._open[key]

    def find(self, key: Hashable) -> KeptConnection | None:
        """Return a connection, or None for a greenlet that serves none, as under another server."""
        return self._open.get(key)

    def end_all(self) -> None:
        """End every connection, also those added later, once its answers are written."""
        self._is_over = True
        for connection in self._open.values():
            connection.end()

    def _make_room(self) -> None:
        if not self.waiting:
            return  # all are being served
        next(iter(self.waiting)).cut()
        self._cut += 1
        now = time.monotonic()
        if now - self._logged_at >= _LOG_SECONDS:
            logger.warning("connections run out: the slowest are cut count=%d", self._cut)
            self._cut, self._logged_at = 0, now
