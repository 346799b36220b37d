"""The lobby: playing at once in the type last played, and inviting by name."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.support.browsing import Person, Tab

SCREENS: tuple[ViewportSize, ...] = ({"width": 360, "height": 640}, {"width": 1280, "height": 720})
LOOK = "(type) => [getComputedStyle(type).backgroundColor, getComputedStyle(type).borderColor]"


def selected(tab: Tab) -> str | None:
    return tab.see("lobby").locator("[data-type]:checked").get_attribute("data-type")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_playing_and_all_types_are_seen_without_scrolling(
    person: Callable[..., Person], locale: str
) -> None:
    tab = person().tab(f"/{locale}/")
    lobby = tab.see("lobby")
    expect(lobby.locator(".type")).to_have_count(5)
    for screen in SCREENS:
        tab.page.set_viewport_size(screen)
        expect(lobby.locator("[data-action=search]")).to_be_in_viewport(ratio=1)
        for choice in lobby.locator(".type").all():
            expect(choice).to_be_in_viewport(ratio=1)


def test_the_type_last_played_is_chosen_at_the_next_visit(person: Callable[..., Person]) -> None:
    tab = person().tab()
    assert selected(tab) == "quick_quant_10"
    tab.view("lobby").locator("[data-type=accuracy_challenge]").check()
    tab.act("search")
    expect(tab.see("waiting").locator("h1")).to_have_text("Accuracy Challenge")
    tab.page.goto("/en/inspect/")
    tab.page.goto("/ar/")
    assert selected(tab) == "accuracy_challenge"


def test_each_number_of_a_type_is_said_once(person: Callable[..., Person]) -> None:
    lobby = person().tab().see("lobby")
    verbal = lobby.locator(".type", has=lobby.page.locator("[data-type=medium_verbal_15]"))
    expect(verbal).to_have_text("Medium Verbal15 questions · 10 minutes")


def test_a_type_that_is_pointed_at_does_not_look_chosen(person: Callable[..., Person]) -> None:
    lobby = person(reduced_motion="reduce").tab().see("lobby")
    chosen, other = lobby.locator(".type").nth(0), lobby.locator(".type").nth(1)
    other.hover()
    assert not set(chosen.evaluate(LOOK)) & set(other.evaluate(LOOK))


def test_an_unknown_name_is_refused_at_its_field(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    tab = noura.tab()
    field = tab.see("lobby").locator("[name=opponent_username]")
    field.fill("nobody-has-this-name")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(
        "Opponent user not found. Check the spelling of the username."
    )
    expect(field).to_be_focused()
    expect(tab.page.locator("#search-problem")).to_be_empty()
    tab.invite(khalid.name)


def test_who_is_alone_is_told_what_to_do(person: Callable[..., Person]) -> None:
    lobby = person().tab().see("lobby")
    expect(lobby.locator("#nobody-online")).to_contain_text("Play now")  # once others are gone
