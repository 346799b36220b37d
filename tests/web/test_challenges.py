"""The challenge endpoints: the exact shape of each answer, and its content."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel, TypeAdapter
from werkzeug.test import TestResponse

from qader_sse import create_app
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.service import Service
from qader_sse.web.api import schemas
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, add_users, play_to_the_end, sign_in, started_duel

QUICK = "quick_quant_10"
NOW = "2026-01-01T12:00:00.000Z"
TEXTS = {
    "en": ("Waiting for an Opponent", "There is nothing at this address."),
    "ar": ("بانتظار خصم", "لا شيء في هذا العنوان."),
}

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


def checked(model: type[BaseModel], response: TestResponse, status: int = 200) -> Any:
    """Return the body of an answer, after checking that it has exactly this shape."""
    assert response.status_code == status, response.text
    adapter = TypeAdapter(model)
    assert adapter.dump_python(adapter.validate_python(response.json, strict=True)) == response.json
    return response.get_json()


def create(client: FlaskClient, challenge_type: str = QUICK, **fields: Any) -> Any:
    response = client.post(CHALLENGES, json={"challenge_type": challenge_type, **fields})
    return checked(schemas.DetailResponse, response, 201)


def act(client: FlaskClient, challenge_id: int, action: str, **body: Any) -> TestResponse:
    return client.post(f"{CHALLENGES}{challenge_id}/{action}/", json=body or None)


def show(client: FlaskClient, query: str = "") -> Any:
    return checked(schemas.ChallengePageResponse, client.get(f"{CHALLENGES}{query}"))


def ids(page: Any) -> list[int]:
    return [challenge["id"] for challenge in page["results"]]


def test_the_types_are_listed_without_a_session(app: Flask) -> None:
    types = checked(schemas.TypesResponse, app.test_client().get("/api/v1/challenges/types/"))
    assert [t["key"] for t in types] == list(CHALLENGE_TYPES)


@pytest.mark.parametrize("challenge_type", CHALLENGE_TYPES)
@pytest.mark.parametrize("name", ["khalid", " KHALID "])
def test_a_named_opponent_is_invited(as_user: AsUser, challenge_type: str, name: str) -> None:
    detail = create(as_user("noura"), challenge_type, opponent_username=name)
    assert (detail["status"], detail["challenge_type"]) == ("pending_invite", challenge_type)
    assert (detail["challenger"]["username"], detail["opponent"]["username"]) == ("noura", "khalid")
    assert [a["user"]["username"] for a in detail["attempts"]] == ["noura", "khalid"]
    # Questions are secret before the start, and deployed clients read the length of the list.
    assert detail["questions"] == []
    assert [detail[k] for k in ("accepted_at", "started_at", "deadline_at", "winner")] == [None] * 4


@pytest.mark.parametrize("name", [None, "", "  ", "RANDOM", " random ", "Random", "(missing)"])
def test_without_an_opponent_a_search_begins(as_user: AsUser, name: str | None) -> None:
    fields: dict[str, Any] = {} if name == "(missing)" else {"opponent_username": name}
    detail = create(as_user("noura"), **fields)
    assert (detail["status"], detail["opponent"]) == ("pending_matchmaking", None)
    assert (detail["user_score"], detail["opponent_score"]) == (0, None)


def test_a_seeker_is_matched_with_the_oldest_search_of_the_same_type(as_user: AsUser) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    create(as_user("stranger"), "comprehensive_20")
    first, second = create(noura), create(noura)
    assert second["status"] == "pending_matchmaking"  # not matched with herself
    matched = create(khalid)
    assert (matched["id"], matched["status"]) == (first["id"], "accepted")
    assert matched["opponent"]["username"] == "khalid"
    for client in (noura, khalid):
        seen = checked(schemas.DetailResponse, client.get(f"{CHALLENGES}{first['id']}/"))
        assert (seen["status"], seen["user_is_participant"]) == ("accepted", True)


def test_an_invite_is_accepted(as_user: AsUser) -> None:
    invited = create(as_user("noura"), opponent_username="khalid")
    accepted = checked(schemas.DetailResponse, act(as_user("khalid"), invited["id"], "accept"))
    assert (accepted["status"], accepted["accepted_at"]) == ("accepted", NOW)


@pytest.mark.parametrize(
    ("name", "action", "status", "detail"),
    [
        ("khalid", "decline", "declined", "You declined the invite."),
        ("noura", "cancel", "cancelled", "You cancelled the duel."),
    ],
)
def test_an_invite_is_declined_or_withdrawn(
    as_user: AsUser, name: str, action: str, status: str, detail: str
) -> None:
    invited = create(as_user("noura"), opponent_username="khalid")
    closed = checked(schemas.ClosedResponse, act(as_user(name), invited["id"], action))
    assert closed == {"status": status, "detail": detail}
    assert show(as_user("noura"))["results"][0]["status"] == status


def test_the_answer_to_ready_says_what_it_changed(as_user: AsUser, clock: SettableClock) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    challenge_id = create(noura)["id"]
    waiting = "You are ready. The duel starts when your opponent is."
    started = "You are ready, and so is your opponent: the duel has started."
    too_late = "The duel has already started; nothing has changed."

    def ready(client: FlaskClient) -> tuple[str, bool, str]:
        clock.advance(1)
        said = checked(schemas.ReadyResponse, act(client, challenge_id, "ready"))
        assert said["user_status"] == "ready"
        return said["challenge_status"], said["challenge_started"], said["detail"]

    assert ready(noura) == ready(noura) == ("pending_matchmaking", False, waiting)
    matched = create(khalid)
    assert [(a["is_ready"], a["isReady"]) for a in matched["attempts"]] == [
        (True,) * 2,
        (False,) * 2,
    ]
    assert ready(noura) == ("accepted", False, waiting)
    assert ready(khalid) == ("ongoing", True, started)
    assert ready(noura) == ready(khalid) == ("ongoing", True, too_late)
    invited = create(noura, opponent_username="khalid")["id"]
    said = act(noura, invited, "ready").get_json()
    assert (said["challenge_status"], said["detail"]) == ("pending_invite", waiting)


def test_the_last_answer_returns_the_result(
    service: Service, people: People, as_user: AsUser
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    noura, khalid = as_user("noura"), as_user("khalid")
    results = f"{CHALLENGES}{duel.id}/results/"
    assert noura.get(results).status_code == 400
    for question in duel.questions:
        for client in (noura, khalid):
            body = {"question_id": question.id, "selected_answer": "A"}
            answer = checked(schemas.AnswerResponse, act(client, duel.id, "answer", **body))
            last = client is khalid and question is duel.questions[-1]
            assert answer["is_correct"] is (question.correct_answer == "A")
            assert answer["challenge_ended"] is ("final_results" in answer) is last
            assert answer["detail"] == f"Answer received.{' The duel is over.' * last}"
    assert answer["final_results"] == checked(schemas.ResultResponse, khalid.get(results))
    assert answer["final_results"]["winner"] is answer["final_results"]["user_is_winner"] is None


def test_each_player_sees_the_result_from_their_own_side(
    service: Service, people: People, as_user: AsUser
) -> None:
    duel = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    for name, scores, is_winner in (("noura", (10, 0), True), ("khalid", (0, 10), False)):
        client, at = as_user(name), f"{CHALLENGES}{duel.id}/"
        result = checked(schemas.ResultResponse, client.get(f"{at}results/"))
        assert (result["status"], result["winner"]["username"]) == ("completed", "noura")
        choices = {q["id"]: q["user_answer_details"] for q in result["questions"]}
        assert {details["is_correct"] for details in choices.values()} == {is_winner}
        for seen in (result, client.get(at).get_json(), show(client)["results"][0]):
            assert (seen["user_score"], seen["opponent_score"]) == scores
            assert (seen["user_is_winner"], seen["user_is_participant"]) == (is_winner, True)


@pytest.mark.parametrize("name", ["noura", "khalid"])
def test_a_rematch_invites_the_other_participant_and_marks_the_caller_ready(
    service: Service, people: People, as_user: AsUser, name: str
) -> None:
    finished = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    rematch = checked(schemas.DetailResponse, act(as_user(name), finished.id, "rematch"), 201)
    assert rematch["id"] != finished.id
    assert (rematch["status"], rematch["challenge_type"]) == ("pending_invite", QUICK)
    attempts = [(a["user"]["username"] == name, a["is_ready"]) for a in rematch["attempts"]]
    assert attempts == [(True, True), (False, False)]


def test_each_filter_limits_the_list(service: Service, people: People, as_user: AsUser) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    waiting = create(noura)["id"]
    sent = create(noura, opponent_username="khalid")["id"]
    received = create(khalid, "accuracy_challenge", opponent_username="noura")["id"]
    ongoing = started_duel(service, people["stranger"], "noura").id
    create(khalid, opponent_username="stranger")
    for query, expected in {
        "": [ongoing, received, sent, waiting],
        "?status=pending_invite": [received, sent],
        "?status=completed": [],
        "?challenge_type=accuracy_challenge": [received],
        "?opponent_username=KHALID": [received, sent],
        "?is_pending_invite_for_user=true": [received],
        "?is_pending_invite_for_user=false": [ongoing, sent, waiting],
        "?status=pending_invite&opponent_username=khalid&challenge_type=quick_quant_10": [sent],
    }.items():
        assert (ids(page := show(noura, query)), page["count"]) == (expected, len(expected)), query


@pytest.mark.parametrize("prefix", ["", "/en", "/ar"])
def test_the_list_comes_in_pages_newest_first(as_user: AsUser, prefix: str) -> None:
    noura, address = as_user("noura"), f"http://localhost{prefix}{CHALLENGES}"
    newest_first = [create(noura, kind)["id"] for kind in ["comprehensive_20", QUICK] * 11][::-1]
    first = checked(schemas.ChallengePageResponse, noura.get(address))
    assert (first["count"], first["previous"], first["next"]) == (22, None, f"{address}?page=2")
    second = checked(schemas.ChallengePageResponse, noura.get(first["next"]))
    assert (second["previous"], second["next"]) == (f"{address}?page=1", None)
    assert ids(first) + ids(second) == newest_first
    middle = noura.get(f"{address}?page_size=5&page=2&is_pending_invite_for_user=0").get_json()
    assert ids(noura.get(middle["previous"]).get_json()) == newest_first[:5]
    assert ids(noura.get(middle["next"]).get_json()) == newest_first[10:15]
    assert noura.get(f"{address}?page=3").status_code == 404
    assert noura.get(f"{address}?page=banana").status_code == 400


@pytest.mark.parametrize("default", ["en", "ar"])
@pytest.mark.parametrize(
    ("prefix", "accepted", "expected"),
    [
        ("/en", "ar", "en"),
        ("/ar", "en", "ar"),
        ("", "ar-SA", "ar"),
        ("", "en-US,en;q=0.9,ar;q=0.8", "en"),
        ("", "ar-SA,en;q=0.5", "ar"),
        ("", "en-GB,ar;q=0.9", "en"),
        ("", "fr", None),
        ("", "*", None),
        ("", "", None),
    ],
)
def test_the_language_comes_from_the_path_else_the_header_else_the_setting(
    database_url: str, prefix: str, accepted: str, expected: str | None, default: str
) -> None:
    app = create_app(make_settings(database_url, default_locale=default))
    add_users(app.extensions["qader_sse"], "noura")
    client, headers = sign_in(app.test_client(), "noura"), {"Accept-Language": accepted}
    body = {"challenge_type": QUICK}
    made = client.post(f"{prefix}{CHALLENGES}", json=body, headers=headers).get_json()
    refused = client.get(f"{prefix}/nowhere", headers=headers).get_json()
    dispose(app)
    assert (made["status_display"], refused["detail"]) == TEXTS[expected or default]
