"""The first visit loads little, logs nothing, and contacts no other host."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response, expect

from tests.support.browsing import TIMEOUT_MS, Person, Tab

BUDGET_BYTES = 100_000
# With the modules of a duel, which come by themselves this long after the page.
BUDGET_WITH_DUEL_BYTES = 140_000
DUEL_AFTER_SECONDS = 2


class Meter:
    """What a page loads over the network, and which errors and warnings it has."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.asked_at: dict[str, float] = {}
        self._urls: dict[str, str] = {}
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._sent)
        wire.on("Network.loadingFinished", self._finished)
        wire.on("Network.loadingFailed", lambda event: self.complaints.append(str(event)))
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._answered)

    def _sent(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self._urls[event["requestId"]] = url
        self.asked_at[url] = event["timestamp"]
        self.hosts.add(urlsplit(url).netloc)

    def _finished(self, event: dict[str, Any]) -> None:
        # The bytes on the wire: compressed, and with the headers.
        self.bytes[self._urls[event["requestId"]]] = event["encodedDataLength"]

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.complaints.append(f"{answer.url} is answered {answer.status}")

    def must_be_within_the_budget(self) -> None:
        """Check the bytes of a first load. On a slow machine, the modules of a duel may be here, too."""
        of_duels = {url for url in self.asked_at if "/duel/" in url}
        loaded = {url: size for url, size in self.bytes.items() if url not in of_duels}
        print(f"{sum(loaded.values())} bytes in {len(loaded)} requests")
        assert sum(loaded.values()) < BUDGET_BYTES, loaded
        began_at = min(self.asked_at.values())
        for url in of_duels:
            assert self.asked_at[url] >= began_at + DUEL_AFTER_SECONDS, url


@pytest.mark.parametrize("path", ["/en/", "/ar/", "/en/inspect/"])
def test_the_first_load_is_within_the_budget(person: Callable[..., Person], path: str) -> None:
    visitor = person()
    page = visitor.context.new_page()
    meter = Meter(page)
    page.goto(path)
    if "inspect" in path:
        expect(page.locator("#status")).to_have_attribute("data-status", "open")
    else:
        expect(Tab(page).see("lobby").locator("[data-type]").first).to_be_attached()
        expect(page.locator(".connection")).to_have_attribute("data-connection", "live")
    assert meter.complaints == []
    assert meter.hosts == {urlsplit(visitor.base_url).netloc}
    meter.must_be_within_the_budget()


def test_a_duel_can_be_opened_without_the_network_once_the_lobby_has_been_there(
    person: Callable[..., Person],
) -> None:
    """The stream needs the network again, but not the modules: nobody waits for them at the start."""
    page = person().context.new_page()
    meter = Meter(page)
    with page.expect_response("**/duel/duel.js", timeout=TIMEOUT_MS) as response:
        page.goto("/ar/")
    page.evaluate("url => import(url).then(() => true)", response.value.url)
    print(f"with the duel: {sum(meter.bytes.values())} bytes")
    assert sum(meter.bytes.values()) < BUDGET_WITH_DUEL_BYTES, meter.bytes
    page.context.set_offline(True)
    page.evaluate("location.hash = 'challenge-1'")
    Tab(page).see("waiting")


def test_a_visitor_without_a_session_is_asked_to_sign_in_without_an_error(
    person: Callable[..., Person],
) -> None:
    stranger = person()
    stranger.forget_sign_in()
    page = stranger.context.new_page()
    meter = Meter(page)
    page.goto("/en/")
    Tab(page).see("sign-in")
    assert meter.complaints == []
    meter.must_be_within_the_budget()
