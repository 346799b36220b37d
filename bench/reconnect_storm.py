"""Thousands of viewers who reconnect in the same second, in a process of its own.

During the storm, bytes are only collected; they are parsed when it is over. So the client is not
the bottleneck: see `StormResult.cores`.
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
_DEFERRED = re.compile(rb'"reason":"limit","retry_ms":(\d+)')
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
# Live duels are read by another process on the same core, which must not wait for this one.
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Reconnect:
    """A viewer who has received everything up to `cursor`, and is complete with `head`."""

    challenge_id: int
    cookie: str
    cursor: int
    head: int


@dataclass(frozen=True, slots=True)
class Plan:
    port: int
    reconnects: Sequence[Reconnect]
    begin_at: float  # of time.monotonic
    spread_seconds: float = 1.0  # the connections are made evenly over this time
    timeout_seconds: float = 30.0
    core: int | None = None


@dataclass(slots=True)
class Received:
    """What one viewer received; times of `time.monotonic`."""

    began_at: float = 0.0
    complete_at: float | None = None
    content: bytes = b""  # of its last connection
    deferred: int = 0  # how often the server asked it to try again later


@dataclass(frozen=True, slots=True)
class StormResult:
    received: list[Received]  # in the order of the plan
    cores: float  # the client's CPU time until the last viewer was complete, in cores


def run(plan: Plan) -> StormResult:
    client_process.prepare(plan.core)
    os.nice(_NICENESS)
    clients = _Clients(plan)
    time.sleep(max(0.0, plan.begin_at - time.monotonic()))
    before = time.process_time()
    clients.run()
    cores = (time.process_time() - before) / (time.monotonic() - plan.begin_at)
    clients.close()
    return StormResult(clients.received, cores)


class _Clients:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = [
            protocols.sse_request(r.challenge_id, r.cookie, r.cursor) for r in plan.reconnects
        ]
        self._last_ids = [b"\nid: %d\n\n" % r.head for r in plan.reconnects]
        self._poll = select.epoll()
        self._sockets: dict[int, tuple[int, socket.socket]] = {}
        self._incomplete = len(plan.reconnects)
        gap = plan.spread_seconds / len(plan.reconnects)
        # A heap of when each viewer connects.
        self._due = [(plan.begin_at + n * gap, n) for n in range(len(plan.reconnects))]
        self.received = [Received() for _ in plan.reconnects]

    def run(self) -> None:
        """Connect each at its time, and read until all are complete or the time is up."""
        give_up_at = self._plan.begin_at + self._plan.timeout_seconds
        while self._incomplete and (now := time.monotonic()) < give_up_at:
            while self._due and self._due[0][0] <= now:
                self._connect(heapq.heappop(self._due)[1], now)
            wait = min(0.1, self._due[0][0] - now) if self._due else 0.1
            for fd, event in self._poll.poll(wait):
                if event & select.EPOLLOUT:
                    self._send_request(fd)
                else:
                    self._read(fd)

    def close(self) -> None:
        """Reset all connections: the server notices at its next write, not at the one after that."""
        for _, sock in self._sockets.values():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            sock.close()
        self._poll.close()

    def _connect(self, number: int, now: float) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self._plan.port))
        received = self.received[number]
        received.began_at, received.content = received.began_at or now, b""
        self._sockets[sock.fileno()] = number, sock
        self._poll.register(sock.fileno(), select.EPOLLOUT)

    def _send_request(self, fd: int) -> None:
        number, sock = self._sockets[fd]
        self._poll.modify(fd, select.EPOLLIN)
        try:
            sock.send(self._requests[number])
        except OSError:
            self._poll.unregister(fd)  # refused: this viewer never gets complete

    def _read(self, fd: int) -> None:
        number, sock = self._sockets[fd]
        received = self.received[number]
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(fd)
            return
        received.content += data
        if received.complete_at is not None:
            return
        if self._last_ids[number] in received.content:
            received.complete_at = time.monotonic()
            self._incomplete -= 1
        elif deferred := _DEFERRED.search(received.content):
            received.deferred += 1
            heapq.heappush(self._due, (time.monotonic() + int(deferred[1]) / 1000, number))
            del self._sockets[fd]
            sock.close()
