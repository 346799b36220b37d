"""Which sockets of a worker can be read or written: one watcher of the event loop is for all of them.

A watcher for each, with its callback and its place in the loop, took 200 bytes of every quiet stream.
Now each takes a place in a list, and the kernel knows which are to be watched.
"""

import socket as sockets
from select import POLLIN, POLLOUT
from typing import Any, Protocol

from qader_sse.realtime.streams import gevent_adapter

# Sockets served in one iteration of the loop. The others come with the next ones, each in its turn.
_AT_ONCE = 200


class Watched(Protocol):
    """The owner of a watched socket, which is told of it. Neither call may block or raise."""

    socket: sockets.SocketType

    def when_readable(self) -> None:
        """Called as long as there is something to read, or the client has closed."""

    def when_writable(self) -> None:
        """Called as long as the socket takes more bytes, where that is asked for."""


class WatchedSockets:
    """The watched sockets of one event loop, that of the thread that adds the first."""

    def __init__(self, *, has_epoll: bool = gevent_adapter.HAS_EPOLL) -> None:
        self._has_epoll = has_epoll
        self._by_descriptor: list[Watched | None] = []
        self._count = 0
        self._poll: Any = None  # while any socket is watched
        self._watcher: Any = None

    def add(self, watched: Watched) -> None:
        """Tell of a socket when it can be read, until it is removed."""
        if self._poll is None:
            self._poll, self._watcher = gevent_adapter.watch_many(
                self._tell, has_epoll=self._has_epoll
            )
        descriptor = watched.socket.fileno()
        self._by_descriptor.extend([None] * (descriptor + 1 - len(self._by_descriptor)))
        self._poll.register(descriptor, POLLIN)
        self._by_descriptor[descriptor] = watched
        self._count += 1

    def await_space(self, watched: Watched) -> None:
        """Tell of an added socket also when it can be written."""
        self._poll.modify(watched.socket.fileno(), POLLIN | POLLOUT)

    def stop_awaiting_space(self, watched: Watched) -> None:
        self._poll.modify(watched.socket.fileno(), POLLIN)

    def remove(self, watched: Watched) -> None:
        """Tell no more of a socket, before it is closed; does nothing if it was not added."""
        descriptor = watched.socket.fileno()
        if self._at(descriptor) is not watched:
            return
        self._poll.unregister(descriptor)
        self._by_descriptor[descriptor] = None
        self._count -= 1
        if not self._count:
            self._watcher.stop()
            self._watcher.close()
            self._poll.close()
            self._poll = self._watcher = None
            self._by_descriptor = []

    def _at(self, descriptor: int) -> Watched | None:
        known = 0 <= descriptor < len(self._by_descriptor)
        return self._by_descriptor[descriptor] if known else None

    def _tell(self) -> None:
        for descriptor, events in self._poll.poll(0, _AT_ONCE):
            # Whoever was told before it in this turn may have closed it.
            if events & ~POLLOUT and (watched := self._at(descriptor)):
                watched.when_readable()
            if events & POLLOUT and (watched := self._at(descriptor)):
                watched.when_writable()
