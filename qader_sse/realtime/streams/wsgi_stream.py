"""A stream that its server pulls: the body of a response, for any WSGI server."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

from gevent.event import Event as Signal

from qader_sse.realtime.protocol.frames import HEARTBEAT, ClosingReason, Frame, jittered_ms
from qader_sse.realtime.protocol.sse import SSE
from qader_sse.realtime.streams.subscription import Stream, away_pause_seconds
from qader_sse.store.errors import StoreUnavailable


@dataclass(eq=False, slots=True, kw_only=True)
class WsgiStream(Stream):
    """Driven by whoever iterates `batches`, in a greenlet of its own."""

    is_gone: bool = False
    _signal: Signal = field(default_factory=Signal)

    def wake(self) -> None:
        self._signal.set()

    def close(self, reason: ClosingReason) -> None:
        self.closing = self.closing or reason
        self._signal.set()

    def leave(self) -> None:
        """End without a word: the client is gone."""
        self.is_gone = True
        self._signal.set()

    def body(self) -> Generator[bytes]:
        """Yield what is to be written, up to the last words."""
        with closing(self.batches()) as batches:
            for batch in batches:
                yield SSE.take(batch)[0] or HEARTBEAT
                del batch  # a quiet stream keeps nothing of what it sent
        if self.closing:
            yield SSE.closing(self.closing, jittered_ms(self.timeouts.retry_seconds))

    def batches(self) -> Generator[list[Frame]]:
        """Yield frames as they come; an empty list says that a heartbeat is due.

        What the start brought comes first; replay and live are this one loop. Ends when
        the stream is closed or left.
        """
        self.attach("sse")
        try:
            first, self.first = list(self.first), ()
            if first and not self.closing:
                yield first
            del first
            while not self.is_gone and not self.closing:
                self._signal.clear()  # before looking: what comes meanwhile wakes the wait below
                frames, patience = self._look()
                if frames:
                    yield frames
                    del frames  # a quiet stream keeps nothing of what it sent
                elif not self._signal.wait(patience):
                    yield []
                if time.monotonic() > self.ends_at:
                    self.close("max_age")
        finally:
            self.detach("sse")

    def _look(self) -> tuple[list[Frame], float]:
        """Return what is there, and for how many seconds there may be nothing new to look for."""
        try:
            return self.step(), self.timeouts.heartbeat_seconds
        except StoreUnavailable:
            # Open and silent, until the log can be read again: nothing wakes us for that.
            self.hub.counters["log_away"] += 1
            return [], away_pause_seconds()
