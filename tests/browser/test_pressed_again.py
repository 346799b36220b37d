"""What is pressed again, or forgotten, or whose answer was lost on the way, has happened once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.support.browsing import Person, Tab, open_duels
from tests.support.http_duels import start

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("en", {"viewport": {"width": 1280, "height": 720}}),
    ("ar", {"viewport": {"width": 360, "height": 640}, "has_touch": True}),
]
in_both = pytest.mark.parametrize(("locale", "screen"), SETTINGS, ids=["en-desk", "ar-phone"])


def search(tab: Tab, challenge_type: str) -> int:
    tab.act("search", tab.choose(challenge_type))
    tab.see("waiting")
    return tab.challenge_id


def to_the_lobby(tab: Tab) -> None:
    tab.act("lobby", tab.page.locator(".top"))
    tab.see("lobby")


def lose_the_first_answer(tab: Tab, action: str) -> list[int]:
    """Let the service do what is asked, and the answer get lost; return the answers' statuses."""
    statuses: list[int] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        statuses.append(answer.status)
        if len(statuses) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    tab.page.route(f"**/{action}/", lose)
    return statuses


@in_both
def test_one_person_has_one_search(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara = person("sara", **screen)
    hers = sara.tab(f"/{locale}/")
    first = search(hers, "comprehensive_20")
    to_the_lobby(hers)
    assert search(hers, "comprehensive_20") == first
    to_the_lobby(hers)
    other = search(hers, "accuracy_challenge")
    assert open_duels(sara.api) == [(other, "pending_matchmaking")]
    hers.act("cancel")
    hers.see("over")


@in_both
def test_the_same_invite_again_is_the_same_invite(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara, fahad = person("sara", **screen), person("fahad", **screen)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    seen = set()
    for _ in range(3):
        hers.invite(fahad.name)
        seen.add(hers.challenge_id)
        to_the_lobby(hers)
    assert len(seen) == 1
    expect(his.page.locator("[data-invite]")).to_have_count(1)


@in_both
def test_a_forgotten_search_is_over_when_its_owner_plays(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara, fahad, noura = (person(name, **screen) for name in ("sara", "fahad", "noura"))
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    search(hers, "medium_verbal_15")
    to_the_lobby(hers)
    his.invite(sara.name)
    hers.act("accept", hers.page.locator("[data-invite]").first)
    for tab in (hers, his):
        tab.see("question")
    assert open_duels(sara.api) == [(hers.challenge_id, "ongoing")]
    nouras = noura.tab(f"/{locale}/")
    own = search(nouras, "medium_verbal_15")
    assert open_duels(noura.api) == [(own, "pending_matchmaking")]
    nouras.act("cancel")
    nouras.see("over")


@in_both
def test_an_answer_that_was_lost_is_no_error(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara, fahad = person("sara", **screen), person("fahad", **screen)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    for action in ("decline", "accept"):
        hers.invite(fahad.name)
        statuses = lose_the_first_answer(his, action)
        his.act(action, his.page.locator("[data-invite]"))
        expect(his.page.locator("[data-invite]")).to_have_count(0)
        if action == "decline":
            hers.see("over")
            to_the_lobby(hers)
        else:
            his.see("question")
        assert set(statuses) == {200}
    sara.api.act(hers.challenge_id, "leave")

    to_the_lobby(hers)
    hers.invite(fahad.name)
    lose_the_first_answer(hers, "cancel")
    hers.act("cancel")
    over = hers.see("over")
    expect(over.locator(".problem")).to_be_empty()
    assert open_duels(sara.api) == []


@in_both
def test_an_untimed_duel_whose_rival_has_gone_can_be_left(
    person: Callable[..., Person], locale: str, screen: dict[str, Any]
) -> None:
    sara, fahad = person("sara", **screen), person("fahad")
    duel = start(sara.api, fahad.api, "accuracy_challenge")
    hers = sara.tab(f"/{locale}/#challenge-{duel['id']}")
    hers.see("question")
    hers.act("leave", hers.page.locator(".top, [data-view=question]").filter(visible=True))
    hers.act("confirm-leave", hers.page.locator("#leaving"))
    expect(hers.see("result").locator("[data-ended-by=i_left]")).to_be_visible()
    assert open_duels(sara.api) == []
