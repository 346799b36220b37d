"""What a worker repeats in the background, and how often others can make it do so."""

import time
from collections import Counter

import gevent
import pytest
from gevent.event import Event as Signal

from qader_sse.realtime.repeated_tasks import RepeatedTasks
from qader_sse.realtime.streams import gevent_adapter
from tests.support.streams import wait_until


def test_a_task_that_is_asked_for_all_the_time_keeps_its_pause_and_misses_no_request() -> None:
    counters: Counter[str] = Counter()
    at_once = Signal()
    RepeatedTasks(Counter()).start(
        lambda: counters.update(["runs"]), lambda: 3600.0, at_once, least_seconds=0.1
    )
    began_at = time.monotonic()
    for _ in range(300):
        at_once.set()
        gevent.sleep(0.001)
    assert 2 <= counters["runs"] <= 1 + (time.monotonic() - began_at) / 0.1
    gevent.sleep(0.2)
    counters.clear()
    at_once.set()
    wait_until(lambda: counters["runs"] == 1)
    at_once.set()  # within the pause
    wait_until(lambda: counters["runs"] == 2)


def test_what_arrives_when_a_pause_ends_is_delivered_before_the_task_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "sleep", gevent.sleep)  # as in a worker
    done, pause_ends = list[str](), Signal()
    RepeatedTasks(Counter()).start(lambda: done.append("task"), lambda: 3600.0, pause_ends)
    gevent.sleep(0)
    pause_ends.set()
    gevent.spawn(gevent_adapter.call_soon, lambda: done.append("delivery"))
    wait_until(lambda: len(done) == 2)
    assert done == ["delivery", "task"]


def test_a_task_that_fails_is_run_again() -> None:
    counters: Counter[str] = Counter()
    failures: Counter[str] = Counter()

    def fail() -> None:
        counters["runs"] += 1
        raise ValueError

    RepeatedTasks(failures).start(fail, lambda: 0.01)
    wait_until(lambda: counters["runs"] >= 3)
    assert failures["failed_tasks"] >= 2
