"""How long a player took for each answer is theirs to read."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.duel import CHALLENGES, started_duel


@pytest.mark.claim("M27")
def test_a_player_reads_how_long_their_own_answers_took(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    first, second = (question.id for question in duel.questions[:2])
    noura, khalid = as_user("noura"), as_user("khalid")

    def answer(client: FlaskClient, question_id: int, **time: Any) -> None:
        body = {"question_id": question_id, "selected_answer": "A", **time}
        assert client.post(f"{CHALLENGES}{duel.id}/answer/", json=body).status_code == 200

    answer(noura, first, time_taken_seconds=7.5)
    answer(noura, second)
    answer(khalid, first, time_taken_seconds=2)
    khalid.post(f"{CHALLENGES}{duel.id}/leave/")

    for client, expected in ((noura, [7.5, None]), (khalid, [2.0])):
        shown = client.get(f"{CHALLENGES}{duel.id}/results/").get_json()["questions"]
        own = [q["user_answer_details"] for q in shown if q["user_answer_details"]]
        assert [details["time_taken_seconds"] for details in own] == expected
        others = [q["opponent_answer_details"] for q in shown if q["opponent_answer_details"]]
        assert others
        assert all(details.keys() == {"selected_choice", "is_correct"} for details in others)
