"""In a speed duel the next question comes by itself, and the end of the time is felt."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Route, expect

from tests.support.browsing import Person, Tab, expect_steady
from tests.support.http_duels import start

# Presses no key by itself: it notes when the question changed, and when keys came.
WATCH = """() => {
    window.times = { changes: [], keys: [] };
    new MutationObserver(() => times.changes.push(performance.now())).observe(document.getElementById("question"), { childList: true });
    addEventListener("keydown", ({ timeStamp }) => times.keys.push(timeStamp), true);
}"""

NOTE_WARNINGS = """addEventListener("DOMContentLoaded", () => {
    window.warnings = [];
    const warning = document.getElementById("warning");
    const note = () => warnings.push(warning.textContent);
    new MutationObserver(note).observe(warning, { childList: true });
})"""
# The size of the clock as it is, and as it was before: in one go, as the page goes on.
SIZES = """(clock) => {
    const size = () => parseFloat(getComputedStyle(clock).fontSize);
    const last = size();
    clock.dataset.pace = "late";
    return [size(), last];
}"""


def playing(person: Callable[..., Person], kind: str, **context: Any) -> tuple[Person, Tab]:
    sara, fahad = person("sara", **context), person("fahad")
    duel = start(sara.api, fahad.api, challenge_type=kind)
    tab = sara.tab(f"/en/#challenge-{duel['id']}")
    tab.see("question")
    return sara, tab


def answered(tab: Tab) -> Any:
    return tab.page.locator("[data-progress=mine] li:not([data-state=open])")


def test_the_next_question_comes_by_itself_and_takes_no_key_at_once(
    person: Callable[..., Person],
) -> None:
    _, tab = playing(person, "speed_challenge_5min", reduced_motion="reduce")
    tab.page.evaluate(WATCH)
    shown = tab.page.locator("[data-question-number]")
    for number in range(1, 25):
        expect_steady(tab.page.locator("[data-option=A]"))
        before = tab.page.evaluate("times.changes.length")
        tab.page.keyboard.press("a")
        expect(answered(tab)).to_have_count(number)
        tab.page.wait_for_function(
            "(before) => times.changes.length > before", arg=before, polling="raf"
        )
        tab.page.keyboard.press("b")
        changed, key = tab.page.evaluate("[times.changes.at(-1), times.keys.at(-1)]")
        expect(shown).to_have_attribute("data-question-number", str(number + 1))
        expect(tab.page.locator(".text")).to_be_focused()
        if key - changed < 400:
            break
    expect_steady(tab.page.locator("[data-option=A]"))
    expect(answered(tab)).to_have_count(number)


def test_other_duels_wait_for_a_press(person: Callable[..., Person]) -> None:
    _, tab = playing(person, "comprehensive_20")
    tab.answer("A")
    tab.page.wait_for_timeout(1500)
    expect(tab.page.locator("[data-question-number='1']")).to_be_visible()
    tab.act("next")
    expect(tab.page.locator("[data-question-number='2']")).to_be_visible()


def test_the_last_ten_seconds_look_different_and_are_announced_once(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    duel = start(sara.api, fahad.api, challenge_type="speed_challenge_5min")

    def say_that_13_seconds_are_left(route: Route) -> None:
        detail = route.fetch().json()
        late = datetime.fromisoformat(detail["deadline_at"]) - timedelta(seconds=13)
        route.fulfill(json={**detail, "server_time": late.isoformat()})

    sara.context.route(f"**/challenges/{duel['id']}/", say_that_13_seconds_are_left)
    sara.context.add_init_script(NOTE_WARNINGS)
    tab = sara.tab(f"/en/#challenge-{duel['id']}")
    clock = tab.see("question").locator("[data-countdown]")
    expect(clock).to_have_attribute("data-pace", "last")
    before, last = clock.evaluate(SIZES)
    assert last > before
    expect(clock).to_have_text(re.compile("^[1-9]$"))
    assert tab.page.evaluate("warnings") == ["10 seconds left"]
