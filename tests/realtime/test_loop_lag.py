"""The lateness of a worker's event loop: all of it is measured, and what is a standstill is told."""

import time

import gevent

from qader_sse.realtime.loop_lag import LoopLag
from tests.support.streams import wait_until


def test_a_loop_that_stands_still_tells_for_how_long() -> None:
    stalls: list[float] = []
    began = time.monotonic()
    watching = LoopLag(stalls.append).watch()
    gevent.sleep(0.01)
    time.sleep(0.7)  # not gevent's: the whole loop stands still
    wait_until(lambda: bool(stalls))
    watching.kill()
    assert 0.5 < stalls[0] < time.monotonic() - began


def test_a_loop_that_is_merely_late_does_not_count_as_standing_still() -> None:
    stalls: list[float] = []
    lag = LoopLag(stalls.append)
    for late_seconds in (0.001, 0.5, 0.6):
        lag.observe(late_seconds)
    assert (lag.seconds.count, stalls) == (3, [0.6])
