"""Runs clients in a process of their own, so that they take no time of the one that measures."""

import os
import resource
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Plan = TypeVar("Plan")
Result = TypeVar("Result")


def start(work: Callable[[Plan], Result], plan: Plan) -> "Future[Result]":
    """Call `work(plan)` in a new process, and return the future of its result at once."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    future = pool.submit(work, plan)
    pool.shutdown(wait=False)
    return future


def prepare(core: int | None) -> None:
    """Pin this process to a core, if one is named, and let it open as many files as it may."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
