"""By how much a worker's event loop is late: what every answer and every frame waits for."""

import time
from collections.abc import Callable

import gevent

from qader_sse.histogram import Histogram

_EVERY_SECONDS = 0.1
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A loop that is later than this has stood still.
_STALL_SECONDS = 0.5


class LoopLag:
    """Wakes ten times a second, and measures how late: seldom enough to cost nothing.

    `on_stall` is told for how many seconds the loop has stood still, right after it has.
    """

    def __init__(self, on_stall: Callable[[float], object]) -> None:
        self.seconds = Histogram(_SECONDS)
        self._on_stall = on_stall
        self._turned_at = time.monotonic()

    @property
    def silent_seconds(self) -> float:
        """How long ago the loop turned last, as far as is known: at most a tenth of a second too long."""
        return time.monotonic() - self._turned_at

    def watch(self) -> "gevent.Greenlet[[], None]":
        """Measure from now on, in a greenlet."""
        return gevent.spawn(self._watch)

    def observe(self, late_seconds: float) -> None:
        """Take in by how much the loop was late."""
        self._turned_at = time.monotonic()
        self.seconds.observe(late_seconds)
        if late_seconds > _STALL_SECONDS:
            self._on_stall(late_seconds)

    def _watch(self) -> None:
        while True:
            due_at = time.monotonic() + _EVERY_SECONDS
            gevent.sleep(_EVERY_SECONDS)
            self.observe(time.monotonic() - due_at)
