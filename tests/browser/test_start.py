"""From an invite to the first question: one tap, and a start that both see at the same moment."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from cluster.local_server import LocalServer
from tests.support.axe import violations
from tests.support.browsing import Person, begin_duel
from tests.support.servers import MakeServer

# Notes when each number of the countdown is shown, and the first question; and for how long at most
# the page stood still, as all do on a busy machine.
WATCH = """() => {
    window.seen = [];
    window.stoodMs = 0;
    let last = performance.now();
    setInterval(() => {
        stoodMs = Math.max(stoodMs, performance.now() - last);
        last = performance.now();
    }, 10);
    const look = () => {
        const shown = document.querySelector("[data-view]:not([hidden])").dataset.view;
        const what = shown === "starting" ? document.getElementById("count").textContent : shown;
        if (seen.at(-1)?.what !== what) seen.push({ what, at: performance.timeOrigin + performance.now() });
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture(scope="module")
def countdown_server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server with the countdown that people get."""
    with make_server(HEARTBEAT_SECONDS="0.5") as server:
        yield server


def moment(detail: dict[str, Any], key: str) -> datetime:
    return datetime.fromisoformat(detail[key])


def seen(page: Page) -> dict[str, float]:
    page.wait_for_function("() => seen.at(-1)?.what === 'question'")
    times: list[dict[str, Any]] = page.evaluate("seen")
    return {each["what"]: each["at"] / 1000 for each in times}


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_one_tap_on_accept_starts_it_and_both_count_down_together(
    person: Callable[..., Person], countdown_server: LocalServer, locale: str
) -> None:
    sara, fahad = person("sara", countdown_server), person("fahad", countdown_server)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.invite(fahad.name)
    expect(his.page.locator("[data-invite]")).to_be_visible()
    for tab in (hers, his):
        tab.page.evaluate(WATCH)
    his.accept_invite()
    two = [seen(tab.page) for tab in (hers, his)]

    late = 0.5 + max(tab.page.evaluate("stoodMs") for tab in (hers, his)) / 1000
    detail = sara.api.detail(hers.challenge_id)
    first_question_at = moment(detail, "first_question_at")
    assert moment(detail, "deadline_at") == first_question_at + timedelta(seconds=300)
    for what in ("3", "2", "1", "question"):
        one, other = (times[what] for times in two)
        assert abs(one - other) < late, f"{what} was shown {one - other:.2f} s apart"
        due = first_question_at.timestamp() - (int(what) if what.isdigit() else 0)
        assert abs(one - due) < late or what == "3", f"{what} was shown {one - due:.2f} s late"
    for tab in (hers, his):
        clock = tab.view("question").locator("[data-countdown]")
        expect(clock).to_have_text(re.compile(r"^(5:00|4:5\d)$"))


def test_who_reloads_in_the_middle_sees_the_rest(
    person: Callable[..., Person], make_server: MakeServer
) -> None:
    with make_server(START_COUNTDOWN_SECONDS="40") as server:
        sara, fahad = (person(name, server, reduced_motion="reduce") for name in ("sara", "fahad"))
        hers, his = sara.tab(), fahad.tab("/ar/")
        hers.invite(fahad.name)
        his.accept_invite()
        count = hers.see("starting").locator("#count")
        expect(hers.page.locator("#announcement")).to_contain_text(fahad.name)
        expect(count).to_have_text(re.compile("[1-3]?[0-9]"))
        hers.page.reload()
        hers.see("starting")
        before, left, after = (
            int(tab.page.locator("#count").inner_text()) for tab in (his, hers, his)
        )
        assert after - 1 <= left <= before + 1
        found = violations(hers.page) + violations(his.page)
        assert not found, "\n".join(found)


def test_who_looks_elsewhere_is_ready_when_they_come_back(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    hers.invite(fahad.name)
    hers.look(away=True)
    his.accept_invite()
    status = his.see("waiting").locator("#waiting-status")
    expect(status).to_have_text(re.compile("as soon as.* is here"))
    expect(his.view("waiting").locator("[data-action=leave]")).to_be_visible()
    hers.look(away=False)
    for tab in (hers, his):
        tab.see("question")


def test_getting_ready_is_tried_again_until_it_arrives(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        route.abort()

    hers.page.route("**/ready/", lose, times=2)
    begin_duel(hers, his, fahad.name)
    assert len(lost) == 2


def test_what_changed_while_the_page_opened_its_stream_is_in_the_history(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    sara.context.route(re.compile("/sse/"), hold, times=1)
    with sara.context.expect_event("request", lambda request: "/sse/" in request.url):
        hers = sara.tab()
    expect(hers.see("lobby").locator("#no-duels")).to_be_visible()  # the list is loaded
    invite = sara.api.create("quick_quant_10", fahad.name).body
    held[0].continue_()
    expect(hers.view("lobby").locator(f"[data-challenge='{invite['id']}']")).to_be_visible()


def test_who_opens_an_accepted_duel_from_the_history_is_ready_for_it(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    invite = sara.api.create("quick_quant_10", fahad.name).body
    assert fahad.api.act(invite["id"], "accept").status == 200
    hers.see("lobby").locator(f"[data-challenge='{invite['id']}']").click()
    mine = hers.see("waiting").locator("[data-player=mine]")
    expect(mine).to_have_attribute("data-ready", "true")
    fahad.tab(f"/en/#challenge-{invite['id']}").see("question")
    hers.see("question")
