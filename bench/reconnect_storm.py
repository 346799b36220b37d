"""Thousands of viewers who come back in the same second, in a process of its own.

While it goes on, bytes are only kept; what they say is looked at when all is over. So the client
is not what one waits for: see `Landed.cores`.
"""

import heapq
import os
import re
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import client_process, protocols

# How a stream says that it cannot be opened now, and when to try again.
_PUT_OFF = re.compile(rb'"reason":"limit","retry_ms":(\d+)')
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# Live duels are read by another process on the same core, which must not wait for this one.
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Return:
    """A viewer who comes back: has everything up to `after`, and is whole with `head`."""

    challenge_id: int
    cookie: str
    after: int
    head: int


@dataclass(frozen=True, slots=True)
class Plan:
    port: int
    returns: Sequence[Return]
    begin_at: float  # of time.monotonic
    spread_seconds: float = 1.0  # the connections are made evenly over this time
    patience_seconds: float = 30.0
    core: int | None = None


@dataclass(slots=True)
class Arrived:
    """What came to one viewer; times of `time.monotonic`."""

    began_at: float = 0.0
    whole_at: float | None = None
    content: bytes = b""  # of its last connection
    put_off: int = 0  # told to come back later, as it then does


@dataclass(frozen=True, slots=True)
class Landed:
    arrived: list[Arrived]  # in the order of the plan's returns
    cores: float  # the client's CPU time until the last was whole, in cores


def come_back(plan: Plan) -> Landed:
    client_process.settle(plan.core)
    os.nice(_NICENESS)
    crowd = _Crowd(plan)
    time.sleep(max(0.0, plan.begin_at - time.monotonic()))
    before = time.process_time()
    crowd.run()
    cores = (time.process_time() - before) / (time.monotonic() - plan.begin_at)
    crowd.leave()
    return Landed(crowd.arrived, cores)


class _Crowd:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = [
            protocols.sse_request(r.challenge_id, r.cookie, r.after) for r in plan.returns
        ]
        self._markers = [b"id: %d\ndata: " % r.head for r in plan.returns]
        self._poll = select.epoll()
        self._sockets: dict[int, tuple[int, socket.socket]] = {}
        self._missing = len(plan.returns)
        gap = plan.spread_seconds / len(plan.returns)
        # Who connects when: a heap.
        self._due = [(plan.begin_at + n * gap, n) for n in range(len(plan.returns))]
        self.arrived = [Arrived() for _ in plan.returns]

    def run(self) -> None:
        """Connect all, each at its time, and read until all are whole or patience ends."""
        give_up_at = self._plan.begin_at + self._plan.patience_seconds
        while self._missing and (now := time.monotonic()) < give_up_at:
            while self._due and self._due[0][0] <= now:
                self._connect(heapq.heappop(self._due)[1], now)
            wait = min(0.1, self._due[0][0] - now) if self._due else 0.1
            for fd, event in self._poll.poll(wait):
                if event & select.EPOLLOUT:
                    self._ask(fd)
                else:
                    self._read(fd)

    def leave(self) -> None:
        """Cut all at once: the server notices at its next write, not at the one after that."""
        for _, sock in self._sockets.values():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            sock.close()
        self._poll.close()

    def _connect(self, number: int, now: float) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self._plan.port))
        arrived = self.arrived[number]
        arrived.began_at, arrived.content = arrived.began_at or now, b""
        self._sockets[sock.fileno()] = number, sock
        self._poll.register(sock.fileno(), select.EPOLLOUT)

    def _ask(self, fd: int) -> None:
        number, sock = self._sockets[fd]
        self._poll.modify(fd, select.EPOLLIN)
        try:
            sock.send(self._requests[number])
        except OSError:
            self._poll.unregister(fd)  # refused: it is never whole

    def _read(self, fd: int) -> None:
        number, sock = self._sockets[fd]
        arrived = self.arrived[number]
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(fd)
            return
        arrived.content += data
        if arrived.whole_at is None and self._has_all(arrived.content, self._markers[number]):
            arrived.whole_at = time.monotonic()
            self._missing -= 1
        elif arrived.whole_at is None and (told := _PUT_OFF.search(arrived.content)):
            arrived.put_off += 1
            heapq.heappush(self._due, (time.monotonic() + int(told[1]) / 1000, number))
            del self._sockets[fd]
            sock.close()

    @staticmethod
    def _has_all(content: bytes, last: bytes) -> bool:
        at = content.find(last)
        return at >= 0 and content.find(b"\n\n", at) >= 0
