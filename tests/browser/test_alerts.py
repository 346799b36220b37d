"""The title says what waits; sounds, vibration and the browser's own notifications call those who wanted it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, expect_steady

# Notes what the page really has the browser do. Each call goes on to the browser.
OBSERVE = """
    window.done = { notified: [], notes: 0, vibrated: 0 };
    const Real = Notification;
    window.Notification = new Proxy(Real, {
        construct(target, args) { done.notified.push(args); return new target(...args); },
    });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...args) { done.notes++; return start.apply(this, args); };
    const vibrate = navigator.vibrate?.bind(navigator);
    navigator.vibrate = (pattern) => { done.vibrated++; return vibrate?.(pattern); };
"""


def notified(page: Page) -> list[str]:
    return [options["body"] for _, options in page.evaluate("done.notified")]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_who_wants_it_is_called_to_an_invite_a_match_and_a_start(
    person: Callable[..., Person], locale: str
) -> None:
    sara, fahad = (person(name, reduced_motion="reduce") for name in ("sara", "fahad"))
    sara.context.grant_permissions(["notifications"], origin=sara.base_url)
    for one in (sara, fahad):
        one.context.add_init_script(OBSERVE)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.invite(fahad.name)
    assert violations(hers.page, SCHEMES_IN[locale]) == []
    hers.page.locator("#ask-alerts [value=yes]").click()
    expect(hers.page.locator("#ask-alerts")).to_be_hidden()
    expect(hers.page).to_have_title(re.compile(fahad.name))
    expect(his.page).to_have_title(re.compile(r"^\(1\) "))

    hers.look(away=True)
    his.accept_invite()
    hers.page.wait_for_function("() => done.notified.length === 1")
    assert fahad.name in notified(hers.page)[0]
    assert hers.page.evaluate("[done.notes > 0, done.vibrated]") == [True, 1]
    expect(his.page).not_to_have_title(re.compile(r"^\("))
    hers.look(away=False)
    for tab in (hers, his):
        tab.see("question")
        expect(tab.page).to_have_title(re.compile(r"^(5:00|4:\d\d) · "))
    # He was asked, but has not answered.
    assert his.page.evaluate("[done.notified.length, done.notes, done.vibrated]") == [0, 0, 0]

    hers.answer_all()
    expect(hers.page).to_have_title(re.compile(r"^\d:\d\d · .* · "))
    his.answer_all()
    his.see("result")
    expect(his.page).to_have_title(re.compile(r"\d+ : \d+ · "))


def test_an_invite_notifies_only_while_the_page_is_hidden_and_never_when_switched_off(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    sara.context.grant_permissions(["notifications"], origin=sara.base_url)
    sara.context.add_init_script(OBSERVE)
    hers = sara.tab()
    view = hers.see("lobby")
    switches = {
        name: view.locator(f"[data-preference={name}]") for name in ("sound", "notifications")
    }
    expect(view.locator("#no-duels")).to_be_visible()
    expect_steady(view.locator(".alerts label").last)
    for switch in switches.values():
        expect(switch).not_to_be_checked()
        switch.click()  # not `check`: it is checked once the browser has allowed it, a moment later
        expect(switch).to_be_checked()

    def invite(challenge_type: str) -> None:
        shown = hers.page.locator("[data-invite]")
        before = shown.count()
        assert fahad.api.create(challenge_type, sara.name).status == 201
        expect(shown).to_have_count(before + 1)

    invite("quick_quant_10")
    hers.page.wait_for_function("() => done.notes === 2")
    assert notified(hers.page) == []
    hers.look(away=True)
    invite("medium_verbal_15")
    hers.page.wait_for_function("() => done.notified.length === 1 && done.notes === 4")
    hers.look(away=False)
    for switch in switches.values():
        switch.uncheck()
    hers.look(away=True)
    invite("accuracy_challenge")
    assert (len(notified(hers.page)), hers.page.evaluate("done.notes")) == (1, 4)
    expect(hers.page).to_have_title(re.compile(r"^\(3\) "))


def test_a_browser_that_does_not_allow_notifications_is_named_as_the_reason(
    person: Callable[..., Person],
) -> None:
    hers = person("sara").tab()  # Chromium refuses by itself here: nobody could answer its question
    view = hers.see("lobby")
    view.locator("[data-preference=notifications]").click()
    expect(view.locator("#alerts-problem")).to_contain_text("settings")
    expect(view.locator("[data-preference=notifications]")).not_to_be_checked()
    hers.page.reload()
    begin = hers.see("lobby").locator("[data-preference=sound]")
    begin.check()
    hers.page.reload()
    expect(hers.see("lobby").locator("[data-preference=sound]")).to_be_checked()
