"""Twenty tabs of one browser share one stream, and each tab gets each message once."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.browsing import Person, Tab, events_of, result_for
from tests.support.duel import PASSWORD
from tests.support.http_duels import random_moves, start

TABS = 20
RECORD = """async (path) => {
    const { connect } = await import(new URL("../static/client/index.js", location));
    window.record = { ids: [], types: [], statuses: [] };
    connect(path, {
        lastEventId: 0,
        onMessage: (message, { id }) => (record.ids.push(id), record.types.push(message.type)),
        onStatus: (status) => record.statuses.push(status),
    });
}"""


class Streams:
    """Knows which tab holds the stream: the one whose request for it has not ended."""

    def __init__(self, pages: list[Page]) -> None:
        self.open: dict[Request, Page] = {}
        for page in pages:
            page.on("request", self._started)
            page.on("requestfinished", self._ended)
            page.on("requestfailed", self._ended)
            page.on("close", self._closed)

    def _started(self, request: Request) -> None:
        if "/sse/" in request.url:
            self.open[request] = request.frame.page

    def _ended(self, request: Request) -> None:
        self.open.pop(request, None)

    def _closed(self, page: Page) -> None:
        self.open = {request: on for request, on in self.open.items() if on is not page}

    @property
    def leader(self) -> Page:
        (page,) = self.open.values()
        return page


@pytest.fixture
def open_streams(server: LocalServer) -> Callable[[], int]:
    def count() -> int:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("GET", "/readyz")
            return int(json.load(connection.getresponse())["streams"])

    return count


def run_in_all(pages: list[Page], script: str, argument: object = None) -> Iterator[Any]:
    """Run a script in all tabs at once: it is started in each before any result is awaited."""
    for page in pages:
        page.evaluate(f"(argument) => {{ window.task = ({script})(argument); }}", argument)
    return (page.evaluate("() => window.task") for page in pages)


@pytest.mark.timeout(150)
def test_twenty_tabs_share_one_stream_and_lose_nothing_with_the_leader(
    person: Callable[..., Person], open_streams: Callable[[], int]
) -> None:
    noura, khalid = person("noura"), person("khalid")
    duel = start(noura.api, khalid.api)
    wait_until(lambda: open_streams() == 0)
    pages = [noura.context.new_page() for _ in range(TABS)]
    streams = Streams(pages)
    for page in pages:
        page.goto(f"/en/#challenge-{duel['id']}", wait_until="commit")
    for page in pages:
        Tab(page).see("question")
    path = f"/en/sse/challenges/{duel['id']}/"
    assert len(list(run_in_all(pages, RECORD, path))) == TABS
    wait_for_one_stream(pages, streams, open_streams)

    # A browser opens six connections to an HTTP/1.1 origin: with a stream per tab, this would hang.
    ask = "() => fetch('../api/v1/users/me/').then((answer) => answer.status)"
    assert list(run_in_all(pages, ask)) == [200] * TABS
    expect_all_saw(pages, events_of(noura.api, duel["id"]))

    # The leader is closed in the middle of the duel; its successor fetches what was missed.
    moves = random_moves((noura.api, khalid.api), duel, random.Random(1))
    first_leader = streams.leader
    for number, (api, question_id) in enumerate(moves):
        if number == len(moves) // 2:
            first_leader.close()
            pages.remove(first_leader)
        assert api.answer(duel["id"], question_id, "C").status == 200
    events = events_of(noura.api, duel["id"])
    assert events[-1]["type"] == "challenge.end"
    expect_all_saw(pages, events)
    for page in pages:
        assert Tab(page).result() == result_for(noura.api, duel["id"])
    wait_for_one_stream(pages, streams, open_streams)
    assert streams.leader is not first_leader


# Signs in as somebody else at once, as a password manager can: before the streams have ended.
CHANGE_PERSON = """([username, password]) => {
    const form = document.getElementById("credentials");
    form.username.value = username;
    form.password.value = password;
    document.querySelector("[data-action=sign-out]").click();
    new MutationObserver(() => form.requestSubmit(form.querySelector("[data-action=sign-in]")))
        .observe(form.closest("[data-view]"), { attributeFilter: ["hidden"] });
}"""


@pytest.mark.claim("U2")
def test_the_next_person_to_sign_in_does_not_share_the_first_ones_stream(
    person: Callable[..., Person],
) -> None:
    """A hidden tab once kept the first person's stream for both, and both lost it when it ended."""
    sara, fahad, noura = (person(name) for name in ("sara", "fahad", "noura"))
    # This invite puts fahad's cursor ahead of sara's, as if her stream had events for him.
    declined = noura.api.create("quick_quant_10", fahad.name).body
    assert fahad.api.act(declined["id"], "decline").status == 200
    hidden, front = sara.tab(), sara.tab()
    for tab in (hidden, front):
        expect(tab.page.locator(".connection")).to_have_attribute("data-connection", "live")
    front.page.evaluate(CHANGE_PERSON, [fahad.name, PASSWORD])
    for tab in (hidden, front):
        expect(tab.page.locator("#me bdi")).to_have_text(fahad.name)
    noura.api.create("quick_quant_10", fahad.name)
    expect(front.page.locator("[data-invite]")).to_be_visible()


def test_a_tab_at_the_sign_in_form_shows_who_signed_in_elsewhere(
    person: Callable[..., Person],
) -> None:
    sara = person("sara")
    cookies = sara.context.cookies()
    sara.context.clear_cookies()
    waiting, front = sara.tab(), sara.tab()
    for tab in (waiting, front):
        expect(tab.page.locator("#credentials")).to_be_visible()
    front.page.fill("#credentials [name=username]", sara.name)
    front.page.fill("#credentials [name=password]", PASSWORD)
    front.page.click("[data-action=sign-in]")
    for tab in (waiting, front):
        expect(tab.page.locator("#me bdi")).to_have_text(sara.name)

    # A tab that is frozen while another signs in gets no message, and asks when it gets the focus.
    sara.context.clear_cookies()
    late = sara.tab()
    expect(late.page.locator("#credentials")).to_be_visible()
    sara.context.add_cookies(cookies)  # type: ignore[arg-type]
    late.page.evaluate("() => dispatchEvent(new Event('focus'))")
    expect(late.page.locator("#me bdi")).to_have_text(sara.name)


def expect_all_saw(pages: list[Page], events: list[dict[str, Any]]) -> None:
    ids, types = [event["id"] for event in events], [event["type"] for event in events]
    assert ids == list(range(1, len(ids) + 1))
    for page in pages:
        page.wait_for_function("(last) => record.ids.at(-1) >= last", arg=ids[-1])
        assert page.evaluate("() => [record.ids, record.types]") == [ids, types]


def wait_for_one_stream(
    pages: list[Page], streams: Streams, open_streams: Callable[[], int]
) -> None:
    """Wait until one request for a stream is open, and the service counts only its topics."""

    def is_one() -> bool:
        pages[0].evaluate("0")  # lets Playwright deliver the events of requests
        # The service counts each topic of a stream: this challenge, and notifications.
        return len(streams.open) == 1 and open_streams() <= 2

    wait_until(is_one)
