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
    hers.answer_all("D", look=lambda: expect_fits(hers.page))
    his.answer_all("D")  # the same questions on the same screen
    his.see("result")
    expect_fits(his.page)
    his.page.goto(f"/{locale}/inspect/#{challenge_id}")
    expect(his.page.locator("#rows tr.frame").first).to_be_visible()
    expect_fits(his.page)


def test_invites_wait_until_the_duel_is_over(person: Callable[..., Person]) -> None:
    """One tap on "Accept" would leave the running duel, and its clock goes on."""
    sara, fahad, others = person("sara"), person("fahad", **PHONE), [person() for _ in range(4)]
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    invite = {"challenge_type": "quick_quant_10", "opponent_username": fahad.name}
    for other in others:
        assert other.api.post("/api/v1/challenges/challenges/", invite).status == 201
    expect(his.page.locator("#held-invites")).to_have_text("4 invites")
    expect(his.page.locator("[data-invite]").first).to_be_hidden()
    his.answer("A")
    assert fahad.api.act(his.challenge_id, "leave").status == 200
    his.see("result")
    expect(his.page.locator("[data-invite]:visible")).to_have_count(4)


def test_the_verdict_on_an_answer_is_in_view_though_the_options_are_not(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad", viewport={"width": 400, "height": 400})
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    his.page.locator("[data-option=C]").evaluate("(option) => option.click()")
    expect(his.page.locator(".verdict")).to_be_in_viewport(ratio=1)
    expect(his.page.locator("[data-action=next]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_twenty_five_marks_stand_in_one_line(
    person: Callable[..., Person], locale: str, width: int
) -> None:
    sara, fahad = (
        person("sara", **{**PHONE, "viewport": {"width": width, "height": 640}}),
        person("fahad"),
    )
    hers = sara.tab(f"/{locale}/")
    duel = start(sara.api, fahad.api, challenge_type="speed_challenge_5min")
    hers.page.goto(f"/{locale}/#challenge-{duel['id']}")
    question = hers.see("question")
    expect_fits(hers.page)
    for whose in ("mine", "theirs"):
        marks = question.locator(f"[data-progress={whose}] li")
        boxes = marks.evaluate_all("(all) => all.map((mark) => [mark.offsetTop, mark.offsetWidth])")
        assert len(boxes) == 25
        assert len({top for top, _ in boxes}) == 1
        assert min(width for _, width in boxes) >= 8
    assert hers.page.locator(".top").bounding_box()["height"] <= 56  # type: ignore[index]
    expect(hers.page.locator("footer")).to_be_hidden()


@pytest.mark.parametrize(("locale", "width", "height"), [("en", 844, 390), ("ar", 640, 360)])
def test_a_phone_on_its_side_shows_the_question_with_all_options(
    person: Callable[..., Person], locale: str, width: int, height: int
) -> None:
    sara = person("sara", **{**PHONE, "viewport": {"width": width, "height": height}})
    fahad = person("fahad")
    hers = sara.tab()
    duel = start(sara.api, fahad.api, challenge_type="quick_quant_10")
    hers.page.goto(f"/{locale}/#challenge-{duel['id']}")
    question = hers.see("question")
    for number in range(1, 11):
        expect(question.locator(f"[data-question-number='{number}']")).to_be_visible()
        for part in (".text", "[data-option=A]", "[data-option=D]", "#below"):
            expect(question.locator(part)).to_be_in_viewport(ratio=1)
        bar, last = (
            question.locator(".bar").bounding_box(),
            question.locator("[data-option=D]").bounding_box(),
        )
        assert bar
        assert last
        assert last["y"] + last["height"] <= bar["y"]
        if number < 10:
            question.locator("[data-action=skip]").dispatch_event("click")


def test_the_inspector_is_for_who_looks_for_it(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    hers.see("lobby")
    expect(hers.page.locator("#inspector")).to_be_visible()
    hers.invite(fahad.name)
    expect(hers.page.locator("#inspector")).to_be_hidden()
