"""A match for which one did not get ready: the other one searches again by one tap."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from cluster.local_server import LocalServer
from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person
from tests.support.servers import MakeServer


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    with make_server(MATCH_SECONDS="2") as server:
        yield server


@pytest.mark.parametrize(
    ("locale", "screen", "told"),
    [
        (
            "en",
            {"width": 1280, "height": 720},
            ("did not get ready in time", "You did not get ready"),
        ),
        ("ar", {"width": 360, "height": 640}, ("في الوقت المحدد", "استعدادك")),
    ],
)
def test_who_was_ready_searches_again_and_the_other_one_is_told_to_wait(
    person: Callable[..., Person], locale: str, screen: dict[str, int], told: tuple[str, str]
) -> None:
    sara, fahad = (
        person(name, reduced_motion="reduce", viewport=screen) for name in ("sara", "fahad")
    )
    search = sara.api.create("speed_challenge_5min").body
    address = f"/{locale}/#challenge-{search['id']}"
    hers = sara.tab(address)
    hers.see("waiting")
    assert fahad.api.create("speed_challenge_5min").body["id"] == search["id"]
    hers.see("over")
    his = fahad.tab(address)

    for tab, words in zip((hers, his), told, strict=True):
        expect(tab.see("over").locator("#over-text")).to_contain_text(words)
        assert not violations(tab.page, SCHEMES_IN[locale])
    expect(hers.page.locator("#over-text")).to_contain_text(fahad.name)
    expect(his.page.locator("[data-action=search-again]")).to_be_hidden()
    refused = fahad.api.create("speed_challenge_5min")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60

    hers.act("search-again")
    hers.see("waiting")
    assert sara.api.detail(hers.challenge_id)["status"] == "pending_matchmaking"
    assert sara.api.act(hers.challenge_id, "cancel").status == 200  # or the next test finds it
