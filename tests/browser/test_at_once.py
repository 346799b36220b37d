"""Two people press within milliseconds of each other: one duel, one outcome, and nobody waits."""

import statistics
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from cluster.local_server import LocalServer
from tests.support.browsing import Person, open_duels, put_finger_on
from tests.support.http_duels import start
from tests.support.servers import MakeServer

# How often each of them happens in each of the settings. For a long run: 50, in all four.
RACES = 1
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
SETTINGS = [("en", DESK), ("ar", PHONE)]  # besides ("ar", DESK) and ("en", PHONE)
NOTE_PRESSES = 'addEventListener("click", () => (window.pressedAt = Date.now()), true)'


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server on which two people may play hundreds of duels a day, which start soon."""
    settings = {"FAIR_SHARES": "false", "START_COUNTDOWN_SECONDS": "0.5"}
    with make_server(**settings) as server:
        yield server


class Pair:
    """Sara and Fahad, each with a page of their own."""

    def __init__(self, sara: Person, fahad: Person, locale: str) -> None:
        for somebody in (sara, fahad):
            somebody.context.add_init_script(NOTE_PRESSES)
        self.sara, self.fahad = sara.api, fahad.api
        self.hers, self.his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
        self.gaps_ms: list[float] = []

    def both(self, selector: str) -> tuple[Locator, Locator]:
        return self.hers.page.locator(selector), self.his.page.locator(selector)

    def press(self, first: Locator, second: Locator) -> None:
        """Press both, the second as soon as the browser has taken the first."""
        for target in (first, second):
            put_finger_on(target)
        for target in (first, second):
            target.page.mouse.up()
        earlier, later = (target.page.evaluate("pressedAt") for target in (first, second))
        self.gaps_ms.append(later - earlier)

    def the_one_duel(self) -> int:
        """Wait until both are in the same duel and play; return its id, the only open one."""
        for tab in (self.hers, self.his):
            tab.see("question")
        assert self.hers.challenge_id == self.his.challenge_id
        for api in (self.sara, self.fahad):
            assert open_duels(api) == [(self.hers.challenge_id, "ongoing")]
        return self.hers.challenge_id

    def to_the_lobby(self) -> None:
        for tab in (self.hers, self.his):
            tab.page.evaluate("location.hash = ''")
            tab.see("lobby")


def rematch(pair: Pair) -> None:
    duel = start(pair.sara, pair.fahad)
    assert pair.sara.act(duel["id"], "leave").status == 200
    for tab in (pair.hers, pair.his):
        tab.page.evaluate(f"location.hash = 'challenge-{duel['id']}'")
        tab.see("result")
    pair.press(*pair.both("[data-view=result] [data-action=rematch]"))
    pair.fahad.act(pair.the_one_duel(), "leave")


def invite_each_other(pair: Pair) -> None:
    for tab, name in (
        (pair.hers, pair.fahad.user["username"]),
        (pair.his, pair.sara.user["username"]),
    ):
        tab.view("lobby").locator("[name=opponent_username]").fill(name)
    pair.press(*pair.both("#invite-by-name [data-action=invite]"))
    pair.sara.act(pair.the_one_duel(), "leave")


def search(pair: Pair) -> None:
    """An open invite between the two keeps them no more apart than anything else."""
    invite = pair.sara.create("accuracy_challenge", pair.fahad.user["username"]).body["id"]
    expect(pair.his.page.locator("[data-invite]")).to_be_visible()
    pair.press(*pair.both("[data-view=lobby] [data-action=search]"))
    for tab in (pair.hers, pair.his):
        tab.see("question")
    assert pair.hers.challenge_id == pair.his.challenge_id
    duel = pair.hers.challenge_id
    for api in (pair.sara, pair.fahad):
        assert open_duels(api) == [(duel, "ongoing"), (invite, "pending_invite")]
    pair.sara.act(invite, "cancel")
    pair.sara.act(duel, "leave")


def leave(pair: Pair) -> None:
    duel = start(pair.sara, pair.fahad)["id"]
    for tab in (pair.hers, pair.his):
        tab.page.evaluate(f"location.hash = 'challenge-{duel}'")
        tab.see("question").locator("[data-action=leave]").click()
        # Taps that come at once are the second ones of double taps.
        expect(tab.page.locator("#leaving [data-action=confirm-leave]")).to_be_enabled()
    pair.press(*pair.both("#leaving [data-action=confirm-leave]"))
    outcomes = {
        str(tab.see("result").locator("[data-outcome]").get_attribute("data-outcome"))
        for tab in (pair.hers, pair.his)
    }
    assert outcomes == {"won", "lost"}
    assert pair.sara.detail(duel)["end_reason"] == "left"
    assert open_duels(pair.sara) == open_duels(pair.fahad) == []


def accept_and_cancel(pair: Pair) -> None:
    invite = pair.sara.create("quick_quant_10", pair.fahad.user["username"]).body["id"]
    pair.hers.page.evaluate(f"location.hash = 'challenge-{invite}'")
    cancel = pair.hers.see("waiting").locator("[data-action=cancel]")
    pair.press(cancel, pair.his.page.locator(f"[data-invite='{invite}'] [data-action=accept]"))
    pair.hers.page.locator("[data-view=question]:visible, [data-view=over]:visible").wait_for()
    if pair.sara.detail(invite)["status"] == "ongoing":
        assert pair.the_one_duel() == invite
        pair.sara.act(invite, "leave")
        return
    pair.hers.see("over")
    # The invite may have gone while he pressed: then he is where he was, with nothing to wait for.
    pair.his.page.locator("[data-view=over]:visible, [data-view=lobby]:visible").wait_for()
    expect(pair.his.page.locator("[data-invite]")).to_have_count(0)
    assert open_duels(pair.sara) == open_duels(pair.fahad) == []


RACE = {
    race.__name__: race for race in (rematch, invite_each_other, search, leave, accept_and_cancel)
}


@pytest.mark.timeout(60 + 20 * RACES * len(SETTINGS))
@pytest.mark.parametrize("name", RACE)
def test_one_outcome(person: Callable[..., Person], name: str) -> None:
    gaps_ms = []
    for locale, screen in SETTINGS:
        pair = Pair(person("sara", **screen), person("fahad", **screen), locale)
        for _ in range(RACES):
            pair.to_the_lobby()
            RACE[name](pair)
        gaps_ms += pair.gaps_ms
        for tab in (pair.hers, pair.his):
            tab.page.close()
    within = sum(abs(gap) <= 50 for gap in gaps_ms)
    print(f"{name}: {len(gaps_ms)}, {within} within 50 ms, median {statistics.median(gaps_ms)} ms")
