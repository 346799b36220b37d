"""Plays a duel and takes the pictures that the README shows on the way: `make pictures`."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect
from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import ROOT
from qader_sse.demo_accounts import DEMO_PASSWORD
from tests.support.browsing import Person, Tab, begin_duel
from tests.support.pictures import TOUCH, take

FOLDER = ROOT / "docs" / "img"
DESK = {"viewport": {"width": 1200, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, **TOUCH}


def picture(tab: Tab, name: str, *, is_scrolled: bool = False) -> None:
    take(tab.page, FOLDER / f"app-{name}.png", is_scrolled=is_scrolled)


def document_pictures(tab: Tab) -> None:
    """Take the references: a call that was tried out, and messages with their examples."""
    tab.page.set_viewport_size({"width": 1200, "height": 1000})
    tab.page.goto("/en/docs/")
    operation = tab.page.locator("#operations-Users-me")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    expect(operation.locator(".live-responses-table")).to_be_visible()
    operation.evaluate("part => part.scrollIntoView()")
    picture(tab, "docs-rest", is_scrolled=True)
    tab.page.goto("/ar/docs/events/#AnswerResultMessage")
    picture(tab, "docs-events", is_scrolled=True)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A server with the default settings and the demo accounts."""
    with LocalServer() as server:
        yield server


@pytest.mark.timeout(180)
def test_pictures(chromium: Browser, server: LocalServer, person: Callable[..., Person]) -> None:
    with (
        closing(Api.signed_in(server.base_url, "sara", DEMO_PASSWORD)) as her_api,
        closing(Api.signed_in(server.base_url, "fahad", DEMO_PASSWORD)) as his_api,
        Person(chromium, her_api, server.base_url, **DESK, color_scheme="light") as sara,
        Person(chromium, his_api, server.base_url, **PHONE, color_scheme="dark") as fahad,
    ):
        for name in ("noura", "khalid"):
            person(name).tab()
        his = fahad.tab("/ar/")
        hers = sara.tab("/ar/")
        expect(hers.page.locator("[data-online]")).to_have_count(3)
        picture(his, "lobby-phone")
        begin_duel(hers, his, "fahad")
        for letter in "AB":
            his.answer(letter)
            his.act("next")
        for letter in "CADB":
            hers.answer(letter)
            hers.act("next")
        picture(hers, "question")
        his.answer("C")
        picture(his, "question-phone")
        his.act("next")
        documents = Tab(sara.context.new_page())
        document_pictures(documents)
        hers.answer_all("CDAC")
        his.answer_all("DBAC")
        his.see("result")
        picture(his, "result-phone")
