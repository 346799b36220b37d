"""Clients run in a process of their own, so that what they do is not done in the measurer's time."""

import os
import resource
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Plan = TypeVar("Plan")
Outcome = TypeVar("Outcome")


def start(work: Callable[[Plan], Outcome], plan: Plan) -> "Future[Outcome]":
    """Have a new process do this work; the future's result is what it came to."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    future = pool.submit(work, plan)
    pool.shutdown(wait=False)
    return future


def settle(core: int | None) -> None:
    """Keep this process on one core, if one is named, and let it open as many files as it may."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
