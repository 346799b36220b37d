"""Threads for long computations, which let the event loop of the process go first."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from gevent.hub import get_hub
from gevent.threadpool import ThreadPool

# Linux gives the event loop the core first: a computation may take longer, an answer in a duel may
# not. Elsewhere a thread has no niceness of its own.
_NICENESS = 5


class SlowThreads:
    """A few threads that greenlets wait for while others run."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ThreadPool | None = None

    def run(self, function: Callable[..., Any], *given: Any) -> tuple[Any, float]:
        """Compute in a thread; return the outcome, and the seconds that it took there."""
        # Created on first use: a pool belongs to the gevent hub of its process, and workers fork.
        if self._pool is None:
            self._pool = ThreadPool(self.count, hub=get_hub())
        outcome: tuple[Any, float] = self._pool.apply(_measured, (function, *given))
        return outcome


def _measured(function: Callable[..., Any], *given: Any) -> tuple[Any, float]:
    if sys.platform == "linux":
        niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    began_at = time.monotonic()
    outcome = function(*given)
    return outcome, time.monotonic() - began_at
