"""Ends what a test left running: many greenlets, such as those of a bus, never end by themselves.

A later test would find their log lines and errors, and what they allocate and hold.
"""

import weakref
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

Started = weakref.WeakSet["gevent.Greenlet[..., Any]"]


@pytest.fixture(autouse=True)
def greenlets() -> Iterator[Started]:
    """The greenlets that a test has started; they end with it."""
    hub = gevent.get_hub()
    # Weak: some tests look whether anything still refers to what a greenlet has used.
    started: Started = weakref.WeakSet()

    def note(greenlet: "gevent.Greenlet[..., Any]") -> None:
        if greenlet.parent is hub:  # not of another thread, which has an event loop of its own
            started.add(greenlet)

    gevent.Greenlet.add_spawn_callback(note)
    yield started
    gevent.Greenlet.remove_spawn_callback(note)
    gevent.killall(list(started))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End the greenlets of a test before its servers: they would try to connect again, and log it."""
    gevent.killall(list(getattr(item, "funcargs", {}).get("greenlets", ())))
