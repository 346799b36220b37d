"""Two workers on one database, and calls that they serve at the same instant."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from qader_sse import create_app
from qader_sse.domain.events import Event
from qader_sse.realtime.bus.announcements import announcements, decode
from qader_sse.service import Service
from tests.conftest import dispose, make_settings

T = TypeVar("T")


def races(usually: int) -> int:
    """Return how often a test repeats a race. `RACES=200 .venv/bin/pytest …` looks more closely."""
    return int(os.environ.get("RACES", usually))


@contextmanager
def another_worker(service: Service) -> Iterator[Service]:
    """Yield the service of another app on the same database, with connections of its own."""
    app = create_app(make_settings(service.settings.database_url), clock=service.clock)
    found: Service = app.extensions["qader_sse"]
    try:
        yield found
    finally:
        dispose(app)


def through_redis(events: Sequence[Event]) -> list[Event]:
    """Return the events as they come out of the messages in which Redis carries them."""
    return [event for sent in announcements("a1b2", events) for event in decode(sent.encode())]


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Run each call in a thread of its own, all at once; return their results in this order.

    If one fails, its exception is raised here.
    """
    together = threading.Barrier(len(calls))
    results: dict[int, T] = {}
    failures: list[BaseException] = []

    def run(number: int, call: Callable[[], T]) -> None:
        together.wait()
        try:
            results[number] = call()
        except BaseException as failure:  # noqa: BLE001  # raised again below
            failures.append(failure)

    threads = [
        threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(calls))]
