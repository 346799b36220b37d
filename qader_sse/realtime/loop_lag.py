"""By how much a worker's event loop is late: what every answer and every frame waits for."""

import time

import gevent

from qader_sse.histogram import Histogram

_EVERY_SECONDS = 0.1
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class LoopLag:
    """Wakes ten times a second, and measures how late: seldom enough to cost nothing."""

    def __init__(self) -> None:
        self.seconds = Histogram(_SECONDS)

    def watch(self) -> None:
        """Measure from now on, in a greenlet."""
        gevent.spawn(self._watch)

    def _watch(self) -> None:
        while True:
            due_at = time.monotonic() + _EVERY_SECONDS
            gevent.sleep(_EVERY_SECONDS)
            self.seconds.observe(time.monotonic() - due_at)
