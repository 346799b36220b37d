"""Tasks that a worker repeats in the background, whatever goes wrong in one of them."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import ParamSpec

import gevent
from gevent.event import Event as Signal

from qader_sse.slices import let_arrived_go_first
from qader_sse.store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

Given = ParamSpec("Given")


class RepeatedTasks:
    """Runs tasks; counts, and logs, what fails."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters

    def attempt(
        self, task: Callable[Given, object], *given: Given.args, **named: Given.kwargs
    ) -> None:
        """Run a task; an unforeseen failure is logged, and keeps no other task from running.

        Raises StoreUnavailable: while the database is away, the others would fail as well.
        """
        try:
            task(*given, **named)
        except StoreUnavailable:
            raise
        except Exception:
            self._counters["failed_tasks"] += 1
            logger.exception("a task failed and will be tried again")

    def start(
        self,
        task: Callable[[], object],
        seconds: Callable[[], float],
        at_once: Signal | None = None,
        least_seconds: float = 0.0,
    ) -> None:
        """Repeat a task in a greenlet, first after a pause; a failure does not end this.

        `at_once` ends a pause, but not before `least_seconds` of it have passed.
        """
        gevent.spawn(self._repeat, task, seconds, at_once or Signal(), least_seconds)

    def _repeat(
        self,
        task: Callable[[], object],
        seconds: Callable[[], float],
        at_once: Signal,
        least_seconds: float,
    ) -> None:
        pause = seconds()
        while True:
            at_once.wait(pause)
            at_once.clear()
            let_arrived_go_first()
            try:
                self.attempt(task)
            except StoreUnavailable:
                self._counters["put_off_tasks"] += 1  # the database logs its outages itself
            pause = seconds()
            least = min(least_seconds, pause)
            if least > 0:
                gevent.sleep(least)
                pause -= least
