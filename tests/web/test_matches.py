"""What somebody reads whose search is refused, or whose match has ended."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, started_duel

SEARCH = {"challenge_type": "quick_quant_10"}


@pytest.mark.claim("R26")
def test_a_missed_match_is_told_and_refuses_the_next_search(
    service: Service, as_user: Callable[[str], FlaskClient], clock: SettableClock
) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    waiting = noura.post(CHALLENGES, json=SEARCH).get_json()
    assert (waiting["is_match"], waiting["ready_deadline_at"]) == (False, None)
    match = khalid.post(CHALLENGES, json=SEARCH).get_json()
    assert (match["is_match"], match["ready_deadline_at"]) == (True, "2026-01-01T12:01:00.000Z")
    noura.post(f"{CHALLENGES}{match['id']}/ready/")
    clock.advance(61)
    service.sweeper.run_once()

    ended = noura.get(f"{CHALLENGES}{match['id']}/").get_json()
    assert (ended["status"], ended["is_match"]) == ("expired", True)
    assert ended["ready_deadline_at"] is None
    refused = khalid.post(CHALLENGES, json=SEARCH)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.get_json()["detail"] == (
        "An opponent was found for you, and you did not play. Wait 60 seconds, then search again."
    )
    assert noura.post(CHALLENGES, json=SEARCH).get_json()["status"] == "pending_matchmaking"


@pytest.mark.claim("R17")
def test_whoever_searches_during_a_duel_is_told_what_to_do(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    noura = as_user("noura")
    refused = noura.post(CHALLENGES, json=SEARCH)
    assert (refused.status_code, refused.get_json()) == (
        400,
        {"detail": "You are in a duel. Finish it or leave it first, then search for an opponent."},
    )
    noura.post(f"{CHALLENGES}{duel.id}/leave/")
    assert noura.post(CHALLENGES, json=SEARCH).status_code == 201
