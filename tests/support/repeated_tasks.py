"""Ends what a test let repeat: a repeated task never ends by itself."""

from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from qader_sse.realtime.repeated_tasks import RepeatedTasks


@pytest.fixture(autouse=True)
def no_task_outlives_its_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill the tasks that a test started; their log lines would be found by a later test."""
    started: list[gevent.Greenlet[..., None]] = []
    start = RepeatedTasks.start

    def noted_start(self: RepeatedTasks, *given: Any, **named: Any) -> Any:
        started.append(start(self, *given, **named))
        return started[-1]

    monkeypatch.setattr(RepeatedTasks, "start", noted_start)
    yield
    gevent.killall(started)
