"""The dispatcher of a worker: gives streams what is delivered, and has woken ones write, in turn."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import gevent

from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.streams import gevent_adapter
from qader_sse.realtime.streams.connection import Connection
from qader_sse.realtime.streams.log_reader import MAX_READERS, retry_seconds
from qader_sse.realtime.streams.timer_wheel import TICK_SECONDS, TimerWheel
from qader_sse.realtime.streams.watched_sockets import WatchedSockets
from qader_sse.slices import slices
from qader_sse.store.errors import StoreUnavailable

# Streams pushed per iteration of the event loop: about a millisecond's work.
_MAX_PUSHES = 200
# Timers acted on before other greenlets run: streams that were opened in the same second, as after an
# outage, also get their heartbeats in the same second. A fifth of a millisecond's work.
_TICKS_AT_ONCE = 50
# A worker that stops waits this long for clients to close their streams after the closing message.
_CLOSE_SECONDS = 1.0


class TickedSocket(Protocol):
    """What the dispatcher needs of a socket whose timer is in its wheel."""

    slot: int

    @property
    def is_cut(self) -> bool:
        """Whether the socket is closed: nothing is to be done for it any more."""

    def tick(self) -> None:
        """Do what is due now; called when the socket's timer in the timer wheel ends."""


class PushedStream(TickedSocket, Protocol):
    """A stream as the dispatcher sees it. Nothing here blocks, and only `push` may raise."""

    connection: Connection
    is_waiting_for_push: bool

    def push(self) -> None:
        """Write the frames that are in memory."""

    def resume(self) -> None:
        """Continue after a pause that was asked for by `schedule_resume`."""

    def write_page(self, frames: Sequence[Frame]) -> None:
        """Write the frames that were read from the log for this stream."""

    def fail(self) -> None:
        """Cut the stream because of the exception that is being handled."""


class Dispatcher:
    """Has streams write what is new on the event loop, and reads the log for those that are behind.

    Belongs to the event loop of the thread that adds the first stream.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.sockets = 0
        self._clock = clock
        # When the present turn of pushes began, by the service's clock, in seconds since 1970.
        self.time = 0.0
        # A clock that is at most one tick late: calling time.monotonic for each write costs more.
        self.now = time.monotonic()
        self.wheel: TimerWheel[TickedSocket] = TimerWheel(self.now)
        self.watched = WatchedSockets()
        self._ready: deque[PushedStream] = deque()
        self._behind: deque[PushedStream] = deque()
        self._deliveries: deque[Delivery] = deque()
        self._is_pushing = self._is_ticking = False
        self._readers = 0

    def add(self) -> None:
        """Count a socket; with the first one, begin to tick sockets whose timers end."""
        self.sockets += 1
        self.now = time.monotonic()
        if not self._is_ticking:
            self._is_ticking = True
            gevent.spawn(self._tick)

    def remove(self) -> None:
        self.sockets -= 1

    def wait_until_closed(self) -> None:
        """Wait until clients have closed all sockets, but at most for _CLOSE_SECONDS."""
        give_up_at = time.monotonic() + _CLOSE_SECONDS
        while self.sockets and time.monotonic() < give_up_at:
            gevent.sleep(TICK_SECONDS)

    def schedule_push(self, stream: PushedStream) -> None:
        """Push a stream on one of the loop's next iterations; repeated calls push once."""
        if stream.is_waiting_for_push:
            return
        stream.is_waiting_for_push = True
        self._ready.append(stream)
        if not self._is_pushing:
            self._push_soon()

    def schedule_delivery(self, delivery: Delivery) -> None:
        """Give all followers of a topic their turn, on the next iterations of the event loop."""
        self._deliveries.append(delivery)
        if not self._is_pushing:
            self._push_soon()

    def schedule_resume(self, seconds: float, stream: PushedStream) -> None:
        gevent.spawn_later(seconds, stream.resume)

    def schedule_read(self, stream: PushedStream) -> None:
        """Have a greenlet read the log for a stream that is further behind than memory reaches."""
        self._behind.append(stream)
        if self._readers < MAX_READERS:
            self._readers += 1
            gevent.spawn(self._read_log)

    def _push_soon(self) -> None:
        self._is_pushing = True
        gevent_adapter.call_soon(self._push_ready)

    def _push_ready(self) -> None:
        self.now, self.time = time.monotonic(), self._clock().timestamp()
        for _ in range(min(_MAX_PUSHES, len(self._ready))):
            stream = self._ready.popleft()
            stream.is_waiting_for_push = False
            try:
                stream.push()
            except Exception:  # noqa: BLE001  # fail() logs it; the other streams go on
                stream.fail()
        left = _MAX_PUSHES
        while self._deliveries and left > 0:
            delivery = self._deliveries.popleft()
            left = delivery.go_on(left, self.time)
        if left <= 0:
            self._deliveries.appendleft(delivery)  # some of its followers may have had no turn
        self._is_pushing = False
        if self._ready or self._deliveries:
            self._push_soon()

    def _read_log(self) -> None:
        try:
            while self._behind:
                self._read_for(self._behind.popleft())
        finally:
            self._readers -= 1

    def _read_for(self, stream: PushedStream) -> None:
        if stream.is_cut:
            return
        try:
            frames = stream.connection.take_next()
        except StoreUnavailable:
            # The stream stays open and silent. Nothing wakes it when the log can be read again, so
            # this greenlet tries again after a pause.
            self._behind.append(stream)
            gevent.sleep(retry_seconds())
            return
        except Exception:  # noqa: BLE001  # as above
            stream.fail()
            return
        stream.write_page(frames)

    def _tick(self) -> None:
        while self.sockets:
            gevent.sleep(TICK_SECONDS)
            self.now = time.monotonic()
            for some in slices(self.wheel.due(self.now), _TICKS_AT_ONCE):
                self.now = time.monotonic()
                for stream in some:
                    if not stream.is_cut:
                        stream.tick()
        self._is_ticking = False
