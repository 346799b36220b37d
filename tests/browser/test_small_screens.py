"""Long names and many invites fit on the screen of a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import Person, Tab, begin_duel
from tests.support.http_duels import start

# The fixture appends a number; together just below the limit of 150 characters.
LONG = "ضصثقفغعهخحجدشسيبلاتنمكطظ" * 6
PHONE = {"viewport": {"width": 360, "height": 700}, "has_touch": True, "is_mobile": True}
# Leaves out texts that are cut off with an ellipsis: they reach further, but unseen.
OUTSIDE = """
    [...document.querySelectorAll("body *:not(.visually-hidden, .first-line *, bdi)")].filter((node) => {
        const { left, right } = node.getBoundingClientRect();
        return left < 0 || right > 360;
    }).map((node) => node.outerHTML.slice(0, 200))
"""


def assert_nothing_is_outside(tab: Tab) -> None:
    assert tab.page.evaluate(OUTSIDE) == []


def expect_fits(page: Page) -> None:
    width = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], f"{page.url} is {width[0]} px wide on {width[1]}"


def test_a_long_name_does_not_widen_the_page(person: Callable[..., Person]) -> None:
    fahad, long = person("fahad", **PHONE), person(LONG)
    his, theirs = fahad.tab("/en/"), long.tab("/ar/")
    his.see("lobby")
    theirs.invite(fahad.name)
    expect(his.page.locator("[data-invite]")).to_be_visible()
    assert_nothing_is_outside(his)
    his.act("decline", his.page.locator("[data-invite]"))

    his.invite(long.name)
    assert_nothing_is_outside(his)
    his.act("lobby", his.page.locator(".top"))
    his.see("lobby")
    theirs.accept_invite()
    expect(his.page.locator("#toast a")).to_be_visible()
    assert_nothing_is_outside(his)
    his.page.locator("#toast a").click()
    his.see("question")
    his.answer_all("A")
    expect(his.page.locator(".done")).to_be_visible()
    assert_nothing_is_outside(his)
    theirs.answer_all("B")
    his.see("result")
    assert_nothing_is_outside(his)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_nothing_is_wider_than_a_phone(person: Callable[..., Person], locale: str) -> None:
    sara, fahad, stranger = person("sara", **PHONE), person("fahad", **PHONE), person(**PHONE)
    stranger.forget_sign_in()
    theirs = stranger.tab(f"/{locale}/")
    theirs.see("sign-in")
    expect_fits(theirs.page)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.see("lobby")
    expect_fits(hers.page)
    hers.invite(fahad.name)
    expect_fits(hers.page)
    hers.act("cancel")
    hers.see("over").locator("[data-action=lobby]").click()
    challenge_id = begin_duel(hers, his, fahad.name)
    for tab in (hers, his):
        while tab.view("question").is_visible():
            expect_fits(tab.page)
            tab.answer("D")
            if not tab.view("question").locator("[data-action=next]").is_visible():
                break
            tab.act("next")
    his.see("result")
    expect_fits(his.page)
    his.page.goto(f"/{locale}/inspect/#{challenge_id}")
    expect(his.page.locator("#rows tr.frame").first).to_be_visible()
    expect_fits(his.page)


def test_many_invites_do_not_cover_the_question(person: Callable[..., Person]) -> None:
    sara, fahad, others = person("sara"), person("fahad", **PHONE), [person() for _ in range(4)]
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    invite = {"challenge_type": "quick_quant_10", "opponent_username": fahad.name}
    for other in others:
        assert other.api.post("/api/v1/challenges/challenges/", invite).status == 201
    expect(his.page.locator("[data-invite]")).to_have_count(4)
    assert his.page.locator("#invites").evaluate("(list) => list.clientHeight < innerHeight / 4")
    his.answer("A")


def test_the_verdict_on_an_answer_is_scrolled_into_view(person: Callable[..., Person]) -> None:
    """Safari does not focus a pressed button, so the browser did not scroll there by itself."""
    sara, fahad = person("sara"), person("fahad", viewport={"width": 400, "height": 400})
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    his.page.locator("[data-option=C]").evaluate("(option) => option.click()")
    expect(his.page.locator(".verdict")).to_be_in_viewport(ratio=1)
    expect(his.page.locator("[data-action=next]")).to_be_in_viewport(ratio=1)


def test_the_dots_of_twenty_five_questions_are_wide_enough_on_a_phone(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara", **PHONE), person("fahad")
    hers = sara.tab()
    duel = start(sara.api, fahad.api, challenge_type="speed_challenge_5min")
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    dots = hers.see("question").locator(".dots li")
    widths = dots.evaluate_all("(all) => all.map((dot) => dot.offsetWidth)")
    assert len(widths) == 50
    assert min(widths) >= 8
