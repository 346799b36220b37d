"""Whoever waits or plays sees that the other one has gone, and that they are back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, Tab
from tests.support.servers import MakeServer

pytestmark = pytest.mark.timeout(300)

SIZES = {"en": {"width": 320, "height": 640}, "ar": {"width": 1280, "height": 720}}
AWAY = {"en": "{} is offline", "ar": "انقطع اتصال {}"}
SHORT = {"en": "Offline", "ar": "دون اتصال"}
BACK = {"en": "{} is back online", "ar": "عاد اتصال {}"}


@pytest.fixture(scope="module")
def quick_server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server that tells of presence within a second or two."""
    with make_server(
        PRESENCE_SECONDS="0.3",
        PRESENCE_SETTLE_SECONDS="1",
        START_COUNTDOWN_SECONDS="0.1",
    ) as server:
        yield server


def listen(page: Page) -> Callable[[], list[str]]:
    """Return a function that returns what was announced to screen readers from now on."""
    page.evaluate(
        """() => {
            const said = document.getElementById("announcement");
            window.ears?.disconnect();
            window.heard = [];
            window.ears = new MutationObserver(() => heard.push(said.textContent));
            window.ears.observe(said, { childList: true });
        }"""
    )
    # Without the marks that isolate the direction of a name.
    return lambda: [
        text.replace("\u2068", "").replace("\u2069", "") for text in page.evaluate("heard")
    ]


def places(page: Page) -> list[float]:
    """Return where each button, and the board, begin and end."""
    found: list[float] = page.locator("[data-view]:visible").evaluate(
        "(view) => [...view.querySelectorAll('button, #board, #question, #players')].flatMap("
        "(part) => { const {top, bottom} = part.getBoundingClientRect(); return [top, bottom]; })"
    )
    return found


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_who_goes_is_shown_and_announced_once_and_nothing_moves(
    person: Callable[..., Person], quick_server: LocalServer, locale: str
) -> None:
    sara, fahad = (
        person(name, quick_server, viewport=SIZES[locale], reduced_motion="reduce")
        for name in ("sara", "fahad")
    )
    invite = sara.api.create("quick_quant_10", fahad.name).body
    fahad.api.act(invite["id"], "accept")
    his = stream_of(fahad)  # he is online, and does not look at the duel
    hers = sara.tab(f"/{locale}/#challenge-{invite['id']}")
    seat = hers.see("waiting").locator("[data-player=theirs]")
    # Her own seat changes its text once more: the page says at once that she is ready.
    expect(hers.page.locator("[data-player=mine]")).to_have_attribute("data-ready", "true")
    his = expect_to_go_and_come_back(hers, seat, fahad, his, locale)
    fahad.api.act(invite["id"], "ready")
    seat = hers.see("question").locator(".side[data-side=theirs]")
    expect_to_go_and_come_back(hers, seat, fahad, his, locale).cut()


def stream_of(person: Person) -> SseWatcher:
    """Have somebody be there by a stream alone: whoever has had a page counts as there for ten seconds."""
    stream = SseWatcher(person.api, "/sse/challenges/notifications/").open()
    stream.wait_until(lambda: stream.control)
    return stream


def expect_to_go_and_come_back(
    hers: Tab, seat: Locator, fahad: Person, his: SseWatcher, locale: str
) -> SseWatcher:
    expect(seat).not_to_have_attribute("data-away", "")
    heard, before = listen(hers.page), places(hers.page)
    his.cut()
    expect(seat).to_have_attribute("data-away", "")
    expect(seat).to_contain_text(SHORT[locale])
    assert places(hers.page) == before
    assert violations(hers.page, SCHEMES_IN[locale]) == []
    his = stream_of(fahad)
    expect(seat).not_to_have_attribute("data-away", "")
    assert heard() == [text[locale].format(fahad.name) for text in (AWAY, BACK)]
    return his
