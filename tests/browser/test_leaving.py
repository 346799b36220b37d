"""Whoever leaves a duel is asked once; both then see how it ended."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, Tab, begin_duel, expect_steady
from tests.support.http_duels import start


def leave(tab: Tab) -> None:
    tab.act("leave")
    tab.act("confirm-leave", tab.page.locator("#leaving"))


def expect_ending(tab: Tab, outcome: str, ending: str) -> None:
    result = tab.see("result")
    expect(result.locator(f"[data-outcome={outcome}]")).to_be_visible()
    expect(result.locator(f"[data-ended-by={ending}]")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_leaving_before_and_after_the_start(person: Callable[..., Person], locale: str) -> None:
    # Without animations, since axe would judge colours in the middle of a transition.
    sara, fahad = (person(name, reduced_motion="reduce") for name in ("sara", "fahad"))
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.invite(fahad.name)
    hers.act("lobby", hers.page.locator(".top"))
    hers.see("lobby")
    his.accept_invite()
    his.see("waiting")
    his.act("leave")
    found = violations(his.page, SCHEMES_IN[locale])
    his.act("confirm-leave", his.page.locator("#leaving"))
    his.see("over")
    expect(his.page.locator("#leaving")).to_be_hidden()
    expect(hers.page.locator("#toast")).to_contain_text(fahad.name)
    hers.page.go_back()
    hers.see("over")
    assert fahad.api.detail(his.challenge_id)["status"] == "cancelled"
    for tab in (hers, his):
        tab.act("lobby")

    challenge_id = begin_duel(hers, his, fahad.name)
    leave(hers)
    expect_ending(hers, "lost", "i_left")
    expect_ending(his, "won", "they_left")
    expect(his.page.locator("[data-ended-by]")).to_contain_text(sara.name)
    found += violations(his.page, SCHEMES_IN[locale], within="#outcome")
    assert sara.api.detail(challenge_id)["end_reason"] == "left"
    assert not found, "\n".join(found)


def test_no_stray_tap_or_key_leaves_or_answers(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    hers.page.clock.install()
    duel = start(sara.api, fahad.api)
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    question, dialog = hers.see("question"), hers.page.locator("#leaving")
    hers.act("leave")
    expect(dialog.locator("[data-action=stay]")).to_be_focused()
    # The second tap of a double tap comes at once, wherever the question appears.
    box = dialog.locator("[data-action=confirm-leave]").bounding_box()
    assert box
    hers.act("stay", dialog)
    expect_steady(question.locator("[data-action=leave]"))
    hers.page.clock.pause_at(hers.page.evaluate("Date.now() + 1000"))  # however long it takes here
    hers.act("leave")
    hers.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    hers.page.clock.resume()
    hers.page.keyboard.press("a")
    hers.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(question.locator("[data-action=leave]")).to_be_focused()
    expect(question.locator("[data-option][aria-pressed=true]")).to_have_count(0)
    assert sara.api.detail(duel["id"])["status"] == "ongoing"


def test_a_refusal_is_shown_and_the_end_takes_the_question_back(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    duel = start(sara.api, fahad.api)
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    hers.see("question")
    refusal = {"detail": "Slow down."}
    hers.page.route("**/leave/", lambda route: route.fulfill(status=429, json=refusal))
    leave(hers)
    expect(hers.page.locator("#leaving .problem")).to_have_text(refusal["detail"])
    assert fahad.api.act(duel["id"], "leave").status == 200
    expect_ending(hers, "won", "they_left")
    expect(hers.page.locator("#leaving")).to_be_hidden()
