"""What somebody sees who searches for an opponent, and after nobody came."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, Tab
from tests.support.duel import CHALLENGES

# A device whose clock is an hour slow.
SLOW_CLOCK = "const now = Date.now; Date.now = () => now() - 3_600_000"


def search(tab: Tab, challenge_type: str = "quick_quant_10") -> None:
    tab.see("lobby").locator(f"[data-type={challenge_type}]").check()
    tab.act("search")
    tab.see("waiting")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_who_searches_sees_how_long_and_can_go_on_with_what_another_one_looks_for(
    person: Callable[..., Person], locale: str
) -> None:
    sara, fahad = person("sara", reduced_motion="reduce"), person("fahad")
    sara.context.add_init_script(SLOW_CLOCK)
    hers, his = sara.tab(f"/{locale}/"), fahad.tab()
    search(his, "accuracy_challenge")
    search(hers)
    waited = hers.page.locator("#waited")
    expect(waited).to_have_text(re.compile(r"^0:(0[1-9]|[1-5]\d)$"))
    other = hers.page.locator("[data-search]")
    expect(other).to_have_attribute("data-search", "accuracy_challenge")
    assert violations(hers.page, SCHEMES_IN[locale]) == []
    other.click()
    hers.page.wait_for_url(his.page.url.replace("/en/", f"/{locale}/"))
    expect(hers.page.locator("#searching")).to_be_hidden()


def test_one_tap_searches_again_after_the_other_one_never_came(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    search(hers, "comprehensive_20")
    first = hers.challenge_id
    body = {"challenge_type": "comprehensive_20"}
    assert fahad.api.post(CHALLENGES, body).body["id"] == first
    assert fahad.api.act(first, "leave").status == 200
    hers.act("search-again", hers.see("over"))
    expect(hers.see("waiting").locator("#searching")).to_be_visible()
    assert hers.challenge_id != first
    expect(hers.view("waiting").locator("h1")).to_have_text("Comprehensive")
