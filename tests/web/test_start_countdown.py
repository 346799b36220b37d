"""The countdown before the first question, which takes nothing from a duel's time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import Viewer, message
from qader_sse.service import Service
from qader_sse.store import challenges, models
from tests.support.challenges import CHALLENGER, Recorder
from tests.support.duel import CHALLENGES, started_duel

AsUser = Callable[[str], FlaskClient]


def moment(detail: dict[str, Any], key: str) -> datetime:
    return datetime.fromisoformat(detail[key])


@pytest.mark.claim("M26")
def test_the_time_of_a_duel_begins_with_its_first_question(as_user: AsUser) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    invite = {"challenge_type": "quick_quant_10", "opponent_username": "khalid"}
    created = noura.post(CHALLENGES, json=invite).get_json()
    path = f"{CHALLENGES}{created['id']}/"
    accepted = khalid.post(f"{path}accept/").get_json()
    assert (created["first_question_at"], accepted["first_question_at"]) == (None, None)
    noura.post(f"{path}ready/")
    khalid.post(f"{path}ready/")

    duel = noura.get(path).get_json()
    assert moment(duel, "first_question_at") - moment(duel, "started_at") == timedelta(seconds=3)
    assert moment(duel, "deadline_at") - moment(duel, "first_question_at") == timedelta(seconds=300)
    (start,) = [
        event["payload"]
        for event in khalid.get(f"{path}events/?after=0").get_json()["events"]
        if event["type"] == "challenge.start"
    ]
    assert start["first_question_at"] == duel["first_question_at"]


@pytest.mark.claim("M26")
def test_a_client_that_does_not_count_down_plays_as_before(
    service: Service, people: dict[str, int], as_user: AsUser
) -> None:
    """The clock of this service stands still: every answer comes within the countdown."""
    duel = started_duel(service, people["noura"], "khalid")
    path = f"{CHALLENGES}{duel.id}/"
    for name in ("noura", "khalid"):
        player = as_user(name)
        for question in player.get(path).get_json()["questions"]:
            answer = {"question_id": question["id"], "selected_answer": "A"}
            given = player.post(f"{path}answer/", json=answer)
            assert given.status_code == 200, given.get_json()
    assert given.get_json()["final_results"]["end_reason"] == "answered"


def test_a_duel_that_an_earlier_version_started_had_no_countdown(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    with service.database.transaction() as tx:
        tx.connection.execute(update(models.Challenge).values(first_question_at=None))
        stored = challenges.load(tx.connection, duel.id)
    assert stored is not None
    assert stored.first_question_at == stored.started_at is not None


def test_so_has_a_start_in_its_log() -> None:
    recorder = Recorder()
    recorder.start()
    start: Event = recorder.events[-1]
    start.fact = {key: said for key, said in start.fact.items() if key != "first_question_at"}
    payload = message(start, Viewer(CHALLENGER, "en"))["payload"]
    assert payload["first_question_at"] == payload["started_at"] is not None
