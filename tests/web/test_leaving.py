"""Leaving a duel, from the request to what the other one is told."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.support.duel import CHALLENGES, started_duel
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]


def leave(client: FlaskClient, duel: Challenge) -> Any:
    answer = client.post(f"{CHALLENGES}{duel.id}/leave/")
    assert answer.status_code == 200, answer.json
    return answer.json


def told(client: FlaskClient) -> Any:
    page = client.get("/api/v1/challenges/notifications/events/?after=0").get_json()
    return page["events"][-1]


@pytest.mark.claim("R19")
def test_who_leaves_a_running_duel_has_lost_it(
    service: Service, people: dict[str, int], as_user: AsUser
) -> None:
    duel, noura = started_duel(service, people["noura"], "khalid"), as_user("noura")
    detail = leave(noura, duel)
    assert (detail["status"], detail["end_reason"]) == ("completed", "left")
    assert (detail["user_is_winner"], detail["winner"]["username"]) == (False, "khalid")
    with unchanged(service):
        again = leave(noura, duel)
    assert again | {"server_time": None} == detail | {"server_time": None}
    result = as_user("khalid").get(f"{CHALLENGES}{duel.id}/results/").get_json()
    assert (result["end_reason"], result["user_is_winner"]) == ("left", True)


@pytest.mark.claim("R19")
@pytest.mark.parametrize(("leaver", "other"), [("noura", "khalid"), ("khalid", "noura")])
def test_who_leaves_before_the_start_cancels_and_the_other_one_is_told(
    service: Service, people: dict[str, int], as_user: AsUser, leaver: str, other: str
) -> None:
    challenges, now = service.challenges, service.clock()
    invite = challenges.invite(people["noura"], "quick_quant_10", "khalid", now)
    challenges.accept(invite.id, people["khalid"], now)
    detail = leave(as_user(leaver), invite)
    assert (detail["status"], detail["end_reason"]) == ("cancelled", None)
    message = told(as_user(other))
    assert message["type"] == "challenge_cancelled_notification"
    assert message["payload"] == {"challenge_id": invite.id, "cancelled_by": leaver}
