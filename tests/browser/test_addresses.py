"""What the page shows for an address that is no duel of the person who opens it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browsing import Person


def test_the_address_of_somebody_elses_duel_shows_that_it_cannot_be_opened(
    person: Callable[..., Person],
) -> None:
    sara, fahad, noura = (person(name) for name in ("sara", "fahad", "noura"))
    duel = sara.api.create("quick_quant_10", fahad.name).body
    noura.tab(f"/en/#challenge-{duel['id']}").see("over")


@pytest.mark.parametrize("number", ["99999999999", "1" * 400, "0", "7/../8"])
def test_an_address_with_an_impossible_number_shows_the_lobby(
    person: Callable[..., Person], number: str
) -> None:
    """The page once stayed at "Opening the duel…": the stream client refuses such an address."""
    person("noura").tab(f"/en/#challenge-{number}").see("lobby")


def test_the_refusal_of_an_unknown_duel_stays_on_the_page(
    person: Callable[..., Person],
) -> None:
    """A quick refusal used to be replaced by the notice that the duel is being opened."""
    page = person().context.new_page()
    page.clock.install()
    page.goto("/en/#challenge-987654321")
    expect(page.locator("[data-view=over]")).to_be_visible()
    page.clock.run_for(1000)
    expect(page.locator("[data-view=over]")).to_be_visible()
