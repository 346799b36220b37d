"""The record between two people, and how many search for an opponent."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, play_to_the_end, started_duel

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


def record(client: FlaskClient, username: str) -> Any:
    return client.get(f"/api/v1/users/{username}/record/").get_json()


def seekers(client: FlaskClient) -> dict[str, int]:
    found = client.get("/api/v1/challenges/seekers/").get_json()
    assert [one["key"] for one in found] == list(CHALLENGE_TYPES)
    return {one["key"]: one["seekers"] for one in found if one["seekers"]}


@pytest.mark.claim("A21")
def test_both_read_the_record_of_their_duels_from_their_own_side(
    service: Service, people: People, as_user: AsUser
) -> None:
    noura, khalid = people["noura"], people["khalid"]
    for challenger, opponent in ((noura, "khalid"), (noura, "khalid"), (khalid, "noura")):
        play_to_the_end(service, started_duel(service, challenger, opponent))
    duel = started_duel(service, khalid, "noura")
    for question in duel.questions:
        for player in (noura, khalid):
            service.challenges.answer(duel.id, player, question.id, "A", None, service.clock())
    play_to_the_end(service, started_duel(service, people["stranger"], "noura"))
    started_duel(service, noura, "khalid")

    assert record(as_user("noura"), "Khalid") == {"wins": 2, "losses": 1, "draws": 1}
    assert record(as_user("khalid"), "noura") == {"wins": 1, "losses": 2, "draws": 1}
    assert record(as_user("khalid"), "stranger") == {"wins": 0, "losses": 0, "draws": 0}


def test_there_is_no_record_with_somebody_who_does_not_exist(as_user: AsUser) -> None:
    response = as_user("noura").get("/api/v1/users/nobody-here/record/")
    assert response.status_code == 404
    assert "Check the spelling" in response.get_json()["detail"]


@pytest.mark.claim("R21")
def test_others_who_search_are_counted_by_type(
    service: Service, as_user: AsUser, clock: SettableClock
) -> None:
    noura, khalid, stranger = (as_user(name) for name in ("noura", "khalid", "stranger"))
    noura.post(CHALLENGES, json={"challenge_type": "quick_quant_10"})
    stranger.post(CHALLENGES, json={"challenge_type": "accuracy_challenge"})
    assert seekers(khalid) == {"quick_quant_10": 1, "accuracy_challenge": 1}
    assert seekers(noura) == {"accuracy_challenge": 1}
    stranger.post("/api/v1/users/khalid/block/")
    assert seekers(khalid) == {"quick_quant_10": 1}
    clock.advance(service.settings.seeker_away_seconds)
    assert seekers(khalid) == {}
