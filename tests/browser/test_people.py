"""Blocking somebody who invites, and being left out of the list of who is online."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browsing import Person
from tests.support.duel import CHALLENGES


def test_who_invites_can_be_blocked_and_unblocked(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    tab = noura.tab()
    tab.see("lobby")
    for kind in ("quick_quant_10", "medium_verbal_15"):
        body = {"challenge_type": kind, "opponent_username": noura.name}
        assert khalid.api.post(CHALLENGES, body).status == 201
    invites, blocked = tab.page.locator("[data-invite]"), tab.page.locator("#blocked-people")
    expect(invites).to_have_count(2)
    expect(blocked).to_be_hidden()
    invites.first.locator("[data-action=block]").click()
    expect(invites).to_have_count(0)
    blocked.locator("summary").click()
    expect(blocked.locator("[data-blocked]")).to_have_attribute("data-blocked", khalid.name)
    tab.act("unblock")
    expect(blocked).to_be_hidden()
    tab.page.reload()
    expect(invites).to_have_count(2)


def test_one_may_be_left_out_of_the_list_of_who_is_online(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    hers, his = noura.tab(), khalid.tab()
    hers.see("lobby")
    listed = his.see("lobby").locator(f'[data-online="{noura.name}"]')
    expect(listed).to_be_visible()
    hers.page.locator("#listed-online").uncheck()
    expect(listed).to_have_count(0)
    hers.page.reload()
    expect(hers.page.locator("#listed-online")).not_to_be_checked()
