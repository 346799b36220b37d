"""The one writer of a worker: pushes what is new into all the sockets it was handed."""

import logging
import time
from collections import deque

import gevent

from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import LOG_READERS, away_pause_seconds
from qader_sse.realtime.streams.timer_wheel import TICK_SECONDS, TimerWheel
from qader_sse.store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

# Streams pushed before anybody else gets a turn: about a millisecond's work.
_AT_ONCE = 200
# A worker that leaves waits this long for its last streams to be closed by their clients.
_GOODBYE_SECONDS = 1.0


class Dispatcher:
    """Runs on the event loop of the thread that hands it the first socket."""

    def __init__(self) -> None:
        self.sockets = 0
        self.now = time.monotonic()  # at most a tick ago: asked for with every write
        self.wheel: TimerWheel[SocketStream] = TimerWheel(time.monotonic())
        self._ready: deque[SocketStream] = deque()
        self._behind: deque[SocketStream] = deque()
        self._is_pushing = self._is_ticking = False
        self._readers = 0

    def add(self, stream: SocketStream) -> None:
        """Count one socket more, and look after its time."""
        self.sockets += 1
        self.now = time.monotonic()
        if not self._is_ticking:
            self._is_ticking = True
            gevent.spawn(self._tick)

    def remove(self) -> None:
        self.sockets -= 1

    def wait_until_closed(self) -> None:
        """Return when the last words of all streams are on their way, or it takes too long."""
        give_up_at = time.monotonic() + _GOODBYE_SECONDS
        while self.sockets and time.monotonic() < give_up_at:
            gevent.sleep(TICK_SECONDS)

    def schedule_push(self, stream: SocketStream) -> None:
        """Push a stream when whoever runs now has finished; often called twice, done once."""
        if stream.is_waiting_for_push:
            return
        stream.is_waiting_for_push = True
        self._ready.append(stream)
        if not self._is_pushing:
            self._is_pushing = True
            gevent.get_hub().loop.run_callback(self._push_some)

    def schedule_push_in(self, seconds: float, stream: SocketStream) -> None:
        gevent.spawn_later(seconds, stream.guarded, stream.paused)

    def schedule_read(self, stream: SocketStream) -> None:
        """Have a greenlet read the log for a stream that is behind the tail."""
        self._behind.append(stream)
        if self._readers < LOG_READERS:
            self._readers += 1
            gevent.spawn(self._read_log)

    def _push_some(self) -> None:
        self.now = time.monotonic()
        for _ in range(min(_AT_ONCE, len(self._ready))):
            stream = self._ready.popleft()
            stream.is_waiting_for_push = False
            stream.guarded(stream.push)
        self._is_pushing = bool(self._ready)
        if self._is_pushing:
            gevent.get_hub().loop.run_callback(self._push_some)

    def _read_log(self) -> None:
        try:
            while self._behind:
                self._read_for(self._behind.popleft())
        finally:
            self._readers -= 1

    def _read_for(self, stream: SocketStream) -> None:
        if stream.is_cut:
            return
        try:
            frames = stream.step()
        except StoreUnavailable:
            # Open and silent, until the log can be read again: nothing wakes us for that.
            stream.hub.counters["log_away"] += 1
            self._behind.append(stream)
            gevent.sleep(away_pause_seconds())
            return
        stream.guarded(stream.caught_up, frames)

    def _tick(self) -> None:
        while self.sockets:
            gevent.sleep(TICK_SECONDS)
            self.now = time.monotonic()
            for stream in self.wheel.due(self.now):
                if not stream.is_cut:
                    stream.guarded(stream.tick)
        self._is_ticking = False
