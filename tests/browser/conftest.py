"""A real Chromium, and people who each have a browser that is signed in to a real service."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count

import pytest
from playwright.sync_api import Browser, sync_playwright

from cluster.local_server import LocalServer
from cluster.process import MissingProgram
from cluster.programs import on_path
from tests.support.browsing import Person, new_account, stop_searching
from tests.support.servers import QUICK, MakeServer

# As root, as in a container, Chromium has no sandbox; with a small /dev/shm its tabs crash.
# Pages that a test makes up itself may load from this machine, as pages of this machine may.
_FLAGS = [
    *("--no-sandbox", "--disable-dev-shm-usage"),
    "--disable-features=LocalNetworkAccessChecks",
]
# In most tests, one of the two has no page: that they are away would be told in the middle of some,
# where the machine is slow. tests/browser/test_presence.py has a server that tells it soon.
_NOBODY_GOES = {"PRESENCE_SETTLE_SECONDS": "3600"}
_numbers = count(1)


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Start a Chromium with further flags.

    One Playwright serves all files: it keeps an event loop running in this thread, beside which there
    can be no other one. So it does not last for the whole session either.
    """
    found = on_path("chromium")
    if not found:
        raise MissingProgram("chromium is not installed: make servers")
    with sync_playwright() as playwright:

        def start(*flags: str) -> Browser:
            return playwright.chromium.launch(executable_path=found[0], args=[*_FLAGS, *flags])

        yield start


@pytest.fixture(scope="package")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """One server for all files: everybody in them has an account of their own."""
    with make_server(**QUICK, **_NOBODY_GOES) as server:
        yield server


@pytest.fixture
def person(chromium: Browser, server: LocalServer) -> Iterator[Callable[..., Person]]:
    """Make people with new accounts, by name; `details` are registered, the rest is for their browser."""
    with ExitStack() as people:

        def make(
            name: str = "noura",
            service: LocalServer = server,
            through: str | None = None,
            details: Mapping[str, str] | None = None,
            **context: object,
        ) -> Person:
            username = f"{name}{next(_numbers)}"
            api = people.enter_context(new_account(service.base_url, username, **(details or {})))
            if service is server:  # somebody in another test could be matched
                people.callback(stop_searching, api)
            base_url = through or service.base_url
            return people.enter_context(Person(chromium, api, base_url, **context))

        yield make
