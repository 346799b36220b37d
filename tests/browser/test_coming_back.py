"""A duel continues in the browser after a reload, an outage, a restart or a second tab."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from cluster.local_server import LocalServer
from tests.support.browsing import Person, Tab, begin_duel, expect_steady, result_for
from tests.support.servers import MakeServer

AN_HOUR_MS = 3_600_000
SLOW_CLOCK = f"""
    const behind = {AN_HOUR_MS};
    const now = Date.now;
    Date.now = () => now() - behind;
    const RealDate = Date;
    globalThis.Date = class extends RealDate {{
        constructor(...given) {{ given.length ? super(...given) : super(RealDate.now()); }}
    }};
"""
MOVING = """() => [...document.querySelectorAll("*")]
    .filter((node) => {
        const { animationName, transitionDuration } = getComputedStyle(node);
        return animationName !== "none" || transitionDuration.split(", ").some((one) => one !== "0s");
    })
    .map((node) => node.outerHTML.slice(0, 80))"""


class Duel:
    """Two people at the first question of a duel."""

    def __init__(self, sara: Person, fahad: Person, locale: str = "en") -> None:
        self.sara, self.fahad = sara, fahad
        self.hers, self.his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
        self.id = begin_duel(self.hers, self.his, fahad.name)

    def finish(self, hers: Tab | None = None) -> None:
        (hers or self.hers).answer_all()
        self.his.answer_all()
        self.expect_ended(hers)

    def expect_ended(self, hers: Tab | None = None) -> None:
        for person, tab in ((self.sara, hers or self.hers), (self.fahad, self.his)):
            assert tab.result() == result_for(person.api, self.id)


def expect_answered(tab: Tab, whose: str, count: int) -> None:
    """Expect the row of dots of one player ("mine", "theirs") to show so many answers."""
    dots = f"[data-progress={whose}]"
    marked = tab.page.locator(f"{dots} [data-state=right], {dots} [data-state=wrong]")
    expect(marked).to_have_count(count)


def test_a_reload_continues_the_duel_where_it_was(person: Callable[..., Person]) -> None:
    duel = Duel(person("sara"), person("fahad"))
    duel.hers.answer("A")
    duel.his.answer("B")
    duel.hers.page.reload()
    duel.hers.see("question")
    expect_answered(duel.hers, "mine", 1)
    expect_answered(duel.hers, "theirs", 1)
    duel.finish()
    duel.hers.page.reload()
    duel.expect_ended()


def test_an_answer_given_offline_is_sent_when_the_network_is_back(
    person: Callable[..., Person],
) -> None:
    duel = Duel(person("sara"), person("fahad"))
    duel.sara.context.set_offline(True)
    # Playwright leaves open connections alive; the client closes its stream on `offline` itself.
    duel.his.answer("A")
    # Of the two that are announced then, the other one comes first.
    expect(duel.hers.page.locator("#announcement")).to_have_text("Reconnecting…")
    option = duel.hers.view("question").locator("[data-option=A]")
    option.click()
    expect(option).to_have_attribute("data-state", "sending")
    expect(duel.hers.page.locator("#announcement")).to_have_text(re.compile("^Your answer is kept"))
    duel.sara.context.set_offline(False)
    expect(option).to_have_attribute("data-state", re.compile("right|wrong"))
    expect_answered(duel.hers, "theirs", 1)
    duel.hers.act("next")
    duel.finish()


@pytest.mark.parametrize("how", ["left and returned", "reloaded"])
def test_an_answer_that_could_not_be_sent_survives_leaving_and_reloading(
    person: Callable[..., Person], how: str
) -> None:
    duel = Duel(person("sara"), person("fahad"))
    page = duel.hers.page
    page.route("**/answer/", lambda route: route.abort())
    duel.hers.view("question").locator("[data-option=A]").click()
    expect(duel.hers.view("question").locator("[data-state=sending]")).not_to_have_count(0)
    if how == "reloaded":
        page.reload()
        duel.hers.see("question")
    else:
        page.go_back()
        duel.hers.see("lobby")
    page.unroute("**/answer/")
    expect_answered(duel.his, "theirs", 1)
    page.goto(f"/en/#challenge-{duel.id}")
    duel.hers.see("question")
    expect_answered(duel.hers, "mine", 1)
    duel.finish()


def test_an_accepted_invite_opens_though_the_response_to_accepting_it_was_lost(
    person: Callable[..., Person],
) -> None:
    """The service has accepted the invite, so the repeated request finds none that is pending."""
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    hers.invite(fahad.name)

    def lose_the_response(route: Route) -> None:
        route.fetch()
        route.abort()

    his.page.route("**/accept/", lose_the_response, times=1)
    his.accept_invite()
    assert his.challenge_id == hers.challenge_id


def test_a_second_tab_shows_the_same_duel(person: Callable[..., Person]) -> None:
    duel = Duel(person("sara"), person("fahad"))
    second = duel.sara.tab(duel.hers.page.url)
    second.see("question")
    duel.hers.answer("A")
    expect_answered(second, "mine", 1)
    second.see("question")
    duel.his.answer("C")
    expect_answered(second, "theirs", 1)
    expect_answered(duel.hers, "theirs", 1)
    duel.hers.page.bring_to_front()  # Chromium paints hidden tabs only once a second
    duel.finish()
    second.see("result")
    assert second.result() == duel.hers.result()


def test_a_wrong_clock_in_the_browser_does_not_change_the_countdown(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    sara.context.add_init_script(SLOW_CLOCK)
    duel = Duel(sara, fahad)
    assert duel.hers.page.evaluate("Math.abs(new Date() - performance.timeOrigin) > 3_000_000")
    countdown = duel.hers.view("question").locator("[data-countdown]")
    expect(countdown).to_have_text(re.compile(r"^(5:00|4:\d\d)$"))
    duel.finish()


def test_a_whole_duel_can_be_played_with_the_keyboard_alone(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    hers.see("lobby")
    tab_to(hers.page, "[name=challenge_type]")
    tab_to(hers.page, "[name=opponent_username]")
    hers.page.keyboard.type(fahad.name)
    hers.page.keyboard.press("Enter")
    hers.see("waiting")
    expect(his.page.locator("[data-invite]")).to_be_visible()
    press(his.page, "[data-invite] [data-action=accept]")
    play_by_keyboard(hers)
    his.answer_all()  # his keys would be the same ones
    duel_id = hers.challenge_id
    assert hers.result() == result_for(sara.api, duel_id)
    assert his.result() == result_for(fahad.api, duel_id)
    press(hers.page, "[data-view=result] [data-action=rematch]")
    hers.see("waiting")


def play_by_keyboard(tab: Tab) -> None:
    next_button = tab.view("question").locator("[data-action=next]")
    shown = tab.see("question").locator("[data-question-number]")
    while True:
        number = shown.get_attribute("data-question-number")
        expect_steady(tab.view("question").locator("[data-option=B]"))
        tab.page.keyboard.press("b")
        answered = f'[data-question-number="{number}"] [data-option=B]'
        ended = "[data-view=result]:visible"
        expect(
            tab.page.locator(f"{answered}[data-state=right], {answered}[data-state=wrong], {ended}")
        ).not_to_have_count(0)
        if not next_button.is_visible():
            return
        expect(next_button).to_be_focused()
        expect_steady(next_button)
        tab.page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element with this selector has the focus."""
    for _ in range(40):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    expect_steady(page.locator(selector))
    page.keyboard.press("Enter")


def test_nothing_is_animated_for_people_who_ask_for_reduced_motion(
    person: Callable[..., Person],
) -> None:
    duel = Duel(person("sara", reduced_motion="reduce"), person("fahad"))
    assert duel.hers.page.evaluate(MOVING) == []
    assert duel.his.page.evaluate(MOVING) != []  # his browser asks for no reduced motion
    duel.hers.answer("A")
    duel.finish()
    assert duel.hers.page.evaluate(MOVING) == []


@pytest.fixture
def own_server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server of this test's own, which it may kill."""
    with make_server(HEARTBEAT_SECONDS="0.5") as server:
        yield server


def test_a_duel_continues_after_the_service_was_killed_and_restarted(
    own_server: LocalServer, person: Callable[..., Person]
) -> None:
    sara, fahad = person("sara", own_server), person("fahad", own_server)
    duel = Duel(sara, fahad)
    duel.hers.answer("A")
    own_server.kill()
    option = duel.his.view("question").locator("[data-option=B]")
    option.click()
    expect(option).to_have_attribute("data-state", "sending")
    expect(duel.hers.page.locator("#announcement")).to_have_text("Reconnecting…")
    own_server.start()
    expect(option).to_have_attribute("data-state", re.compile("right|wrong"))
    expect_answered(duel.hers, "theirs", 1)
    duel.his.act("next")
    duel.hers.act("next")
    duel.finish()
