"""While one plays, nothing but oneself changes what is shown, and tabs of one person agree on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browsing import Person, Tab, expect_steady, put_finger_on
from tests.support.duel import CHALLENGES
from tests.support.http_duels import start

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
SIDEWAYS = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 720}}
PLACES = """() => [...document.querySelectorAll("main > section:not([hidden]) :is(button, a, p, li)")]
    .map((node) => { const { x, y, width } = node.getBoundingClientRect(); return [x, y, width].join(" "); })"""
# The parts below the toast that one could press, if it were not there.
COVERED = """() => {
    const toast = document.getElementById("toast");
    const { left, right, top, bottom } = toast.getBoundingClientRect();
    return [...document.querySelectorAll("button, a, input, summary, label")].filter((part) => {
        const box = part.getBoundingClientRect();
        const isApart = box.right <= left || box.left >= right || box.bottom <= top || box.top >= bottom;
        return part.checkVisibility() && !toast.contains(part) && !isApart;
    }).map((part) => part.outerHTML);
}"""


def playing(one: Person, rival: Person, locale: str = "en", kind: str = "quick_quant_10") -> Tab:
    duel = start(one.api, rival.api, challenge_type=kind)
    tab = one.tab(f"/{locale}/#challenge-{duel['id']}")
    tab.see("question")
    expect_steady(tab.page.locator("[data-option=D]"))
    return tab


def expect_number(tab: Tab, wanted: int) -> None:
    shown = tab.page.locator("[data-question-number]")
    expect(shown).to_have_attribute("data-question-number", str(wanted))


def have_declined(one: Person, other: Person) -> None:
    """The other one declines an invite, of which a toast tells."""
    invite = one.api.post(
        CHALLENGES, {"challenge_type": "accuracy_challenge", "opponent_username": other.name}
    )
    assert other.api.act(invite.body["id"], "decline").status == 200


@pytest.mark.parametrize(("locale", "screen"), [("ar", PHONE), ("en", SIDEWAYS), ("ar", DESK)])
def test_news_during_a_duel_moves_and_covers_nothing(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara, fahad, noura = person("sara", **screen), person("fahad"), person("noura")
    tab = playing(sara, fahad, locale)
    page = tab.page
    before, address = page.evaluate(PLACES), page.url
    have_declined(sara, noura)
    expect(page.locator("#toast")).to_contain_text(noura.name)
    assert page.evaluate(COVERED) == []
    for _ in range(2):
        noura.api.create("quick_quant_10", sara.name)
    expect(page.locator("#held-invites")).not_to_be_empty()
    expect(page.locator("[data-invite]").first).to_be_hidden()
    sara.context.set_offline(True)
    expect(page.locator(".connection")).to_have_attribute("data-connection", "reconnecting")
    assert page.evaluate(PLACES) == before
    assert page.url == address
    sara.context.set_offline(False)
    expect(page.locator(".connection")).to_have_attribute("data-connection", "live")


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_a_toast_in_the_lobby_moves_and_covers_nothing(
    person: Callable[..., Person], screen: dict[str, Any]
) -> None:
    sara, fahad = person("sara", **screen), person("fahad")
    tab = sara.tab("/ar/")
    parts, page = tab.see("lobby").locator("#new-duel"), tab.page
    expect(page.locator("#no-duels")).to_be_visible()
    expect(page.locator(".connection")).to_have_attribute("data-connection", "live")
    before = parts.bounding_box()
    have_declined(sara, fahad)
    expect(page.locator("#toast")).to_contain_text(fahad.name)
    assert page.evaluate(COVERED) == []
    assert parts.bounding_box() == before


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_an_invite_in_the_lobby_moves_nothing_and_can_be_accepted(
    person: Callable[..., Person], screen: dict[str, Any]
) -> None:
    sara, fahad = person("sara", **screen), person("fahad")
    tab = sara.tab("/ar/")
    tab.see("lobby")
    expect(tab.page.locator("#no-duels")).to_be_visible()
    expect(tab.page.locator("#nobody-online:visible, [data-online]")).not_to_have_count(0)
    # From here on nobody leaves the list who is in it since another test.
    tab.page.route("**/users/online/", lambda route: route.abort())
    parts = [tab.page.locator(part) for part in ("#new-duel", ".opponents", ".alerts")]
    before = [part.bounding_box() for part in parts]
    fahad.api.create("quick_quant_10", sara.name)
    expect(tab.page.locator("[data-invite]")).to_be_in_viewport()
    assert [part.bounding_box() for part in parts] == before
    tab.accept_invite()
    tab.see("waiting")


def test_a_press_counts_though_the_other_one_asks_for_a_rematch_under_it(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    his = fahad.tab()
    duel = start(sara.api, fahad.api)["id"]
    assert sara.api.act(duel, "leave").status == 200
    his.page.evaluate("(id) => { location.hash = `challenge-${id}`; }", duel)
    button = his.see("result").locator("[data-action=rematch]")
    with pressed(button):
        rematch = sara.api.act(duel, "rematch").body["id"]
    his.see("question")
    assert his.challenge_id == rematch


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_press_counts_though_an_invite_comes_over_it(
    person: Callable[..., Person], locale: str
) -> None:
    sara, fahad = person("sara"), person("fahad", **PHONE)
    his = fahad.tab(f"/{locale}/")
    his.choose("quick_quant_10").locator("[name=opponent_username]").fill(sara.name)
    with pressed(his.page.locator("#invite-by-name [data-action=invite]")):
        invite = sara.api.create("quick_quant_10", fahad.name).body["id"]
    his.page.wait_for_url(f"**#challenge-{invite}")
    assert sara.api.detail(invite)["status"] == "accepted"


def test_a_finger_that_stays_down_holds_back_no_news(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    his = fahad.tab()
    his.see("lobby")
    his.page.mouse.down()
    sara.api.create("quick_quant_10", fahad.name)
    expect(his.page.locator("[data-invite]")).to_be_visible()


@contextmanager
def pressed(part: Locator) -> Iterator[None]:
    """Keep a finger on a part of the page meanwhile, and until what has happened is known to the page."""
    put_finger_on(part)
    yield
    part.page.wait_for_timeout(200)
    part.page.mouse.up()


def test_skipping_to_the_content_stays_in_the_duel(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    tab = playing(sara, fahad)
    address = tab.page.url
    tab.page.locator(".skip-link").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#main")).to_be_focused()
    assert tab.page.url == address
    tab.see("question")


def test_two_tabs_of_one_person_press_once(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    first = playing(sara, fahad)
    second = sara.tab(first.page.url)
    second.see("question")
    tabs = (first, second)
    first.act("skip")
    for tab in tabs:
        expect_number(tab, 2)
    press_in_both(tabs, "[data-option=A]", "[data-option=B]")
    for tab in tabs:
        expect(
            tab.page.locator("[data-option]:is([data-state=right], [data-state=wrong])")
        ).to_have_count(1)
    questions = sara.api.detail(first.challenge_id)["questions"]
    (answer,) = [q["user_answer_details"] for q in questions if q["user_answer_details"]]
    for tab in tabs:
        pressed = tab.page.locator("[data-option][aria-pressed=true]")
        expect(pressed).to_have_attribute("data-option", answer["selected_choice"])
    press_in_both(tabs, "[data-action=next]", "[data-action=next]")
    for tab in tabs:
        expect_number(tab, 3)


def press_in_both(tabs: tuple[Tab, Tab], *parts: str) -> None:
    """Press one part in each tab: neither knows of the other press when its own begins."""
    for tab, part in zip(tabs, parts, strict=True):
        put_finger_on(tab.page.locator(part))
    for tab in tabs:
        tab.page.mouse.up()


def test_going_back_to_the_lobby_leads_to_the_duel_again(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    tab = sara.tab()
    tab.see("lobby")
    duel = start(sara.api, fahad.api)
    tab.page.evaluate("(id) => { location.hash = `challenge-${id}`; }", duel["id"])
    tab.see("question")
    tab.act("skip")
    tab.page.go_back()
    tab.see("lobby")
    assert sara.api.detail(duel["id"])["status"] == "ongoing"
    tab.page.locator("#toast a").click()
    tab.see("question")
    expect_number(tab, 2)
