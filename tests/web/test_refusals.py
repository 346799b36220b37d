"""Refused actions over HTTP: their status and text, and that nothing has changed."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.payloads import Status
from qader_sse.domain.presenters import STATUS_NAMES
from qader_sse.service import Service
from qader_sse.store import accounts, models
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, first_answer, play_to_the_end, started_duel, wrong_choice
from tests.support.tables import unchanged

DAY, HOUR, DUEL = 86_400, 3_600, 3 + 300  # with the countdown of a quick_quant_10

ACTIONS = ("accept", "decline", "cancel", "leave", "ready", "answer", "results", "rematch")

NOT_FOUND = "Duel not found. Your own duels are listed under /challenges/."
OPPONENT_ONLY = "Only the invited opponent may do this."
CHALLENGER_ONLY = "Only the challenger may do this."
ACCEPT_FIRST = "Accept the invite first, then get ready."
NOT_STARTED = "The duel has not started yet; it starts when both players are ready."
OVER = "The duel takes no more answers; it is: {}."
EXPIRED = "The time for this has run out. Start a new duel."
TIME_IS_UP = "Time is up: answers are no longer accepted."
ALREADY_ANSWERED = "You have already answered this question; the first answer counts."

# Each action by the right user, in every status that does not allow it.
FORBIDDEN = {
    ("khalid", "accept"): "Only a pending invite can be accepted; this duel is: {}.",
    ("khalid", "decline"): "Only a pending invite can be declined; this duel is: {}.",
    ("noura", "cancel"): (
        "Only a duel that waits for its opponent can be cancelled; this one is: {}."
    ),
    ("noura", "leave"): "Only a duel that is accepted or running can be left; this one is: {}.",
    ("noura", "ready"): "Nobody can get ready for this duel any more; it is: {}.",
    ("noura", "answer"): OVER,
    ("noura", "results"): "This is possible once the duel is completed; it is: {}.",
    ("noura", "rematch"): "This is possible once the duel is completed; it is: {}.",
}
ALLOWED = {
    "accept": ("pending_invite", "accepted", "ongoing", "completed"),  # once accepted, again
    "decline": ("pending_invite", "declined"),
    "cancel": ("pending_invite", "pending_matchmaking", "cancelled"),
    "leave": ("accepted", "ongoing", "completed", "expired"),
    "ready": ("pending_invite", "pending_matchmaking", "accepted", "ongoing"),
    "answer": ("ongoing",),
    "results": ("completed",),
    "rematch": ("completed",),
}

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]
Reach = Callable[[str], Challenge]


@pytest.fixture
def reach(service: Service, people: People, clock: SettableClock) -> Reach:
    """Bring a new challenge of noura to a status, by actions and by time."""
    noura, khalid, challenges = people["noura"], people["khalid"], service.challenges

    def reach(status: str) -> Challenge:
        if status == "pending_matchmaking":
            return challenges.seek(noura, "quick_quant_10", clock())
        if status in ("ongoing", "completed"):
            duel = started_duel(service, noura, "khalid")
            return duel if status == "ongoing" else run_out(duel, DUEL)
        invited = challenges.invite(noura, "quick_quant_10", "khalid", clock())
        match status:
            case "accepted":
                return challenges.accept(invited.id, khalid, clock())
            case "declined":
                return challenges.decline(invited.id, khalid, clock())
            case "cancelled":
                return challenges.cancel(invited.id, noura, clock())
            case "expired":
                return run_out(invited, DAY)
        return invited

    def run_out(challenge: Challenge, seconds: float) -> Challenge:
        clock.advance(seconds + service.settings.arrival_grace_seconds)
        service.sweeper.run_once()
        return challenge

    return reach


def act(
    client: FlaskClient, challenge: Challenge, action: str, choice: str | None = None
) -> TestResponse:
    path = f"{CHALLENGES}{challenge.id}/{action}/"
    if action == "results":
        return client.get(path)
    answer = first_answer(challenge, choice) if action == "answer" else None
    return client.post(path, json=answer)


@pytest.mark.parametrize(
    ("name", "action", "status"),
    [
        (name, action, status)
        for name, action in FORBIDDEN
        for status in STATUS_NAMES
        if status not in ALLOWED[action]
        and (name, status) != ("khalid", "pending_matchmaking")  # khalid joins at the match
    ],
)
def test_an_action_in_a_status_that_does_not_allow_it_is_refused(
    service: Service, as_user: AsUser, reach: Reach, name: str, action: str, status: Status
) -> None:
    is_early = action == "answer" and status.startswith(("pending", "accepted"))
    text = NOT_STARTED if is_early else FORBIDDEN[name, action].format(STATUS_NAMES[status])
    client, challenge = as_user(name), reach(status)
    with unchanged(service):
        response = act(client, challenge, action)
        assert (response.status_code, response.json) == (400, {"detail": text})


@pytest.mark.parametrize("status", STATUS_NAMES)
@pytest.mark.parametrize(
    ("name", "action", "code", "text"),
    [
        *(("stranger", action, 404, NOT_FOUND) for action in ACTIONS),
        ("noura", "accept", 403, OPPONENT_ONLY),
        ("noura", "decline", 403, OPPONENT_ONLY),
        ("khalid", "cancel", 403, CHALLENGER_ONLY),
    ],
)
def test_an_action_by_the_wrong_user_is_refused_in_every_status(
    service: Service, as_user: AsUser, reach: Reach, status, name, action, code, text
) -> None:
    client, challenge = as_user(name), reach(status)
    if status == "pending_matchmaking" and name == "khalid":
        code, text = 404, NOT_FOUND
    with unchanged(service):
        response = act(client, challenge, action)
        assert (response.status_code, response.json) == (code, {"detail": text})


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_session_every_action_is_refused(
    app: Flask, service: Service, reach: Reach, action: str
) -> None:
    challenge = reach("ongoing")
    with unchanged(service):
        assert act(app.test_client(), challenge, action).status_code == 401


def test_the_invited_opponent_must_accept_before_getting_ready(
    service: Service, as_user: AsUser, reach: Reach
) -> None:
    khalid, challenge = as_user("khalid"), reach("pending_invite")
    with unchanged(service):
        response = act(khalid, challenge, "ready")
        assert (response.status_code, response.json) == (400, {"detail": ACCEPT_FIRST})


@pytest.mark.parametrize(
    ("status", "seconds", "name", "action", "text"),
    [
        ("pending_invite", DAY, "khalid", "accept", EXPIRED),
        ("pending_invite", DAY, "khalid", "decline", EXPIRED),
        ("pending_invite", DAY, "noura", "cancel", EXPIRED),
        ("pending_invite", DAY, "noura", "ready", EXPIRED),
        ("pending_matchmaking", 600, "noura", "cancel", EXPIRED),
        ("pending_matchmaking", 600, "noura", "ready", EXPIRED),
        ("accepted", HOUR, "khalid", "ready", EXPIRED),
        ("ongoing", DUEL, "khalid", "answer", TIME_IS_UP),
    ],
)
def test_an_action_after_the_deadline_is_refused_before_the_sweeper_ran(
    service: Service, as_user: AsUser, reach: Reach, clock, status, seconds, name, action, text
) -> None:
    client, timely = as_user(name), reach(status)
    clock.advance(seconds - 0.001)
    assert act(client, timely, action).status_code == 200
    late = reach(status)
    clock.advance(seconds)
    with unchanged(service):
        response = act(client, late, action)
        assert (response.status_code, response.json) == (400, {"detail": text})


def test_a_search_that_waited_too_long_is_not_matched(
    as_user: AsUser, reach: Reach, clock: SettableClock
) -> None:
    waiting = reach("pending_matchmaking")
    clock.advance(600)
    created = as_user("khalid").post(CHALLENGES, json={"challenge_type": waiting.kind.key})
    assert created.get_json()["status"] == "pending_matchmaking"


@pytest.mark.claim("R11")
def test_a_question_can_be_answered_once(service: Service, as_user: AsUser, reach: Reach) -> None:
    noura, duel = as_user("noura"), reach("ongoing")
    first = act(noura, duel, "answer")
    with unchanged(service):
        again = act(noura, duel, "answer")
        assert (again.status_code, again.json) == (200, first.json)
        other = act(noura, duel, "answer", wrong_choice(duel, duel.questions[0].id))
        assert (other.status_code, other.json) == (400, {"detail": ALREADY_ANSWERED})


@pytest.mark.claim("R11")
def test_the_same_answer_again_after_the_end_gets_the_first_result(
    service: Service, as_user: AsUser, reach: Reach
) -> None:
    """A phone whose last request got no answer repeats it."""
    noura, duel = as_user("noura"), play_to_the_end(service, reach("ongoing"))
    with unchanged(service):
        again = act(noura, duel, "answer")
        assert (again.status_code, again.get_json()["is_correct"]) == (200, True)
        assert again.get_json()["final_results"]["status"] == "completed"
        other = act(noura, duel, "answer", wrong_choice(duel, duel.questions[0].id))
        assert (other.status_code, other.json) == (400, {"detail": ALREADY_ANSWERED})


def test_a_disabled_opponent_cannot_be_invited_to_a_rematch(
    service: Service, people: People, as_user: AsUser, reach: Reach
) -> None:
    noura, duel = as_user("noura"), play_to_the_end(service, reach("ongoing"))
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, people["khalid"], service.clock())
    with unchanged(service):
        response = act(noura, duel, "rematch")
        answer = (response.status_code, response.get_json())
        assert answer == (400, {"detail": "This player cannot be challenged any more."})


@pytest.mark.parametrize("opponent", ["khalid", None])
def test_too_few_questions_for_a_type_are_reported(
    service: Service, as_user: AsUser, opponent: str | None
) -> None:
    noura = as_user("noura")
    with service.database.transaction() as tx:
        tx.connection.execute(
            update(models.Question).where(models.Question.id > 9).values(is_current=None)
        )
    body = {"challenge_type": "speed_challenge_5min", "opponent_username": opponent}
    with unchanged(service):
        response = noura.post(CHALLENGES, json=body)
        text = "The question bank has too few questions for this type. Choose another type."
        assert (response.status_code, response.json) == (400, {"challenge_type": [text]})
