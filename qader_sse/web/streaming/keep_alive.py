"""How long a connection may wait for its next request, and how it ends without losing one.

A proxy that reuses a connection in the moment in which the server closes it gets no answer, and
may not repeat a POST. So the server waits longer than the usual proxies; it announces the end of a
connection with its last answer (`Connection: close`) where it can; and where it cannot, it stops
reading before it closes: what the kernel has received by then is still answered.
"""

import socket
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Protocol

# For the first request of a connection, and for every request of a peer that is no proxy: thousands
# of browsers may be connected directly, and each idle connection is one of `worker_connections`.
SHORT_SECONDS = 5.0
# For a connection whose last answer, although the worker was stopping, did not announce the end.
_LAST_SECONDS = 1.0


class Timer(Protocol):
    def close(self) -> None:
        """Do not call back any more."""


class EventLoop(Protocol):
    """What is needed of `gevent_adapter`, where each function is described."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer: ...

    def stop_reading(self, connection: socket.socket) -> None: ...


class KeptConnection(AbstractContextManager[None]):
    """One connection; as a context, it limits the wait for a request until its head is complete."""

    def __init__(
        self, client: socket.socket, idle_seconds: float, loop: EventLoop, *, of_proxy: bool
    ) -> None:
        self.of_proxy = of_proxy
        self.is_ending = False
        self._client = client
        self._idle_seconds = idle_seconds
        self._loop = loop
        self._seconds = min(idle_seconds, SHORT_SECONDS)
        self._timer: Timer | None = None

    def __enter__(self) -> None:
        self._timer = self._loop.call_later(self._seconds, self._stop_reading)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.close()
        self._timer = None
        self._seconds = self._idle_seconds

    def end(self) -> None:
        """End the connection: at once if it waits for a request, else a second after its answer."""
        self._seconds = self._idle_seconds = _LAST_SECONDS
        if self._timer is not None:
            self._timer.close()
            self._stop_reading()

    def _stop_reading(self) -> None:
        """Let the waiting greenlet find the end of the input, after what has arrived already."""
        self.is_ending = True
        with suppress(OSError):  # the client has closed it already
            self._loop.stop_reading(self._client)


class KeepAlive:
    """The connections of a worker, each under a key of its own: the greenlet that serves it."""

    def __init__(self, seconds: float, loop: EventLoop) -> None:
        """Let connections of proxies wait for so many seconds between two requests."""
        self._seconds = seconds
        self._loop = loop
        self._open: dict[Hashable, KeptConnection] = {}
        self._is_over = False

    def add(self, key: Hashable, client: socket.socket, *, of_proxy: bool) -> None:
        seconds = self._seconds if of_proxy else min(self._seconds, SHORT_SECONDS)
        self._open[key] = KeptConnection(client, seconds, self._loop, of_proxy=of_proxy)
        if self._is_over:
            self._open[key].end()

    def remove(self, key: Hashable) -> None:
        del self._open[key]

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
