"""What an address that leads to no duel of one's own shows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browsing import Person


def test_the_address_of_somebody_elses_duel_shows_that_there_is_none(
    person: Callable[..., Person],
) -> None:
    sara, fahad, noura = (person(name) for name in ("sara", "fahad", "noura"))
    duel = sara.api.create("quick_quant_10", fahad.name).body
    noura.tab(f"/en/#challenge-{duel['id']}").see("over")


@pytest.mark.parametrize("number", ["99999999999", "1" * 400, "0", "7/../8"])
def test_an_address_that_can_be_no_duels_shows_the_lobby(
    person: Callable[..., Person], number: str
) -> None:
    """It stood still at "Opening the duel…": the client for streams refuses such an address."""
    person("noura").tab(f"/en/#challenge-{number}").see("lobby")


def test_a_link_to_no_duel_of_ones_own_says_so_and_goes_on_saying_so(
    person: Callable[..., Person],
) -> None:
    """The refusal, where it was quick, used to give way to the word that the duel is being opened."""
    page = person().context.new_page()
    page.clock.install()
    page.goto("/en/#challenge-987654321")
    expect(page.locator("[data-view=over]")).to_be_visible()
    page.clock.run_for(1000)
    expect(page.locator("[data-view=over]")).to_be_visible()
