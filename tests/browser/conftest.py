"""A real Chromium, and people with a browser each who are signed in to a real service."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from playwright.sync_api import Browser, sync_playwright

from cluster.local_server import LocalServer
from cluster.process import MissingProgram
from cluster.programs import on_path
from tests.support.browsing import Person, new_account

# As root, as in a container, Chromium has no sandbox to offer; a small /dev/shm would end its tabs.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
_numbers = count(1)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Not for the whole run: while Playwright is there, an event loop runs in this thread.
    found = on_path("chromium")
    if not found:
        raise MissingProgram("chromium is not installed: make servers")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, server: LocalServer) -> Iterator[Callable[..., Person]]:
    """Return somebody new: a name, and what else their browser's context is to be."""
    with ExitStack() as people:

        def come(
            name: str = "noura",
            service: LocalServer = server,
            through: str | None = None,
            **context: object,
        ) -> Person:
            api = people.enter_context(new_account(service.base_url, f"{name}{next(_numbers)}"))
            where = through or service.base_url
            return people.enter_context(Person(chromium, api, where, **context))

        yield come
