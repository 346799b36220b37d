"""Inviting by link, by clicking: from the link to the duel, with and without an account."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Browser, Route, expect

from cluster.local_server import LocalServer
from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, Tab, expect_steady
from tests.support.duel import PASSWORD

_numbers = count(1)


def link_of(tab: Tab) -> str:
    """Begin an invite by link, and return its address."""
    tab.see("lobby")
    tab.act("link")
    return tab.see("waiting").locator("#invite-link input").input_value()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_somebody_without_an_account_plays_after_typing_name_and_password_alone(
    person: Callable[..., Person], chromium: Browser, server: LocalServer, locale: str
) -> None:
    hers = person("sara", reduced_motion="reduce").tab(f"/{locale}/")
    link = link_of(hers)
    expect(hers.page.locator("#invite-link svg")).to_be_visible()
    assert violations(hers.page, SCHEMES_IN[locale]) == []
    with chromium.new_context(base_url=server.base_url, reduced_motion="reduce") as context:
        his = Tab(context.new_page())
        his.page.goto(link)
        view = his.see("sign-in")
        expect(view).to_contain_text("sara")
        assert violations(his.page, SCHEMES_IN[locale]) == []
        form = view.locator("#registration")
        form.locator("[name=username]").fill(f"guest{locale}{next(_numbers)}")
        form.locator("[name=password]").fill(PASSWORD)
        his.act("register", form)
        his.page.wait_for_url(f"**/{locale}/#challenge-*")
        assert his.challenge_id == hers.challenge_id
        his.page.locator(".top [data-action=lobby]").evaluate("(home) => home.click()")
        his.page.wait_for_url(f"**/{locale}/#")
        expect(hers.page.locator("#invite-link")).to_be_hidden()


def test_who_is_signed_in_is_asked_and_the_next_one_is_told_that_it_is_too_late(
    person: Callable[..., Person],
) -> None:
    hers, fahad, late = person("sara").tab(), person("fahad"), person("late")
    link = link_of(hers)
    his, theirs = fahad.tab(link), late.tab(link)
    assert violations(his.page) == []
    his.act("join", his.see("join"))
    his.page.wait_for_url("**/#challenge-*")
    theirs.act("join", theirs.see("join"))
    expect(theirs.view("join").locator(".problem")).to_contain_text("already")
    theirs.view("join").locator("a").click()
    theirs.see("lobby")
    his.page.goto(link)
    his.page.wait_for_url("**/#challenge-*")


def test_the_link_is_copied(person: Callable[..., Person]) -> None:
    sara = person("sara", permissions=["clipboard-read", "clipboard-write"])
    tab = sara.tab()
    link = link_of(tab)
    tab.act("copy")
    expect(tab.page.locator("#invite-link [role=status]")).to_have_text("Copied")
    assert tab.page.evaluate("navigator.clipboard.readText()") == link


def test_another_invite_accepted_on_the_page_of_a_link_opens_its_own_duel(
    person: Callable[..., Person],
) -> None:
    hers, fahad, noura = person("sara").tab(), person("fahad"), person("noura")
    his = fahad.tab(link_of(hers))
    his.see("join")
    other = noura.api.create("quick_quant_10", fahad.name).body["id"]
    his.accept_invite()
    his.page.wait_for_url(f"**/en/#challenge-{other}")
    his.see("waiting")
    hers.see("waiting")


def test_signing_in_elsewhere_accepts_no_link(person: Callable[..., Person]) -> None:
    hers, fahad = person("sara").tab(), person("fahad")
    link = link_of(hers)
    fahad.forget_sign_in()
    his, elsewhere = fahad.tab(link), fahad.tab()
    his.see("sign-in")
    elsewhere.sign_in(fahad.name)
    his.see("join")
    his.act("join")
    his.page.wait_for_url("**/en/#challenge-*")


def test_each_invite_shows_its_own_link_however_late_the_one_before_comes(
    person: Callable[..., Person],
) -> None:
    sara = person("sara")
    tab = sara.tab()
    held: list[Route] = []
    tab.page.route("**/link/", lambda route: held.append(route) if not held else route.continue_())
    tab.see("lobby")
    with tab.page.expect_request("**/link/"):
        tab.act("link")
    tab.page.evaluate("location.hash = ''")
    tab.see("lobby")
    expect_steady(tab.view("lobby").locator(".type").last)
    tab.view("lobby").locator("[data-type]").last.check(force=True)
    second = link_of(tab)
    held[0].continue_()
    expect(tab.page.locator("#invite-link input")).to_have_value(second)
