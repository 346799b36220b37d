"""Accounts and duels for tests, created by the real use cases and the real HTTP interface."""

from itertools import cycle
from typing import Any

from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.service import Service
from qader_sse.store import accounts
from qader_sse.store.accounts import Profile

PASSWORD = "correct-horse-7"
# One round, because slow hashes are tested in test_passwords.py.
QUICK_HASH = "pbkdf2:sha256:1"
CHALLENGES = "/api/v1/challenges/challenges/"
# A type that differs from the last few: an open invite of the same type is returned as it is.
KINDS = cycle(CHALLENGE_TYPES)


def add_users(service: Service, *names: str) -> list[int]:
    """Create accounts with PASSWORD; return their ids."""
    password_hash = service.passwords.hash(PASSWORD)
    profiles = [Profile(name, name.title()) for name in names]
    with service.database.transaction() as tx:
        accounts.insert_missing(tx.connection, profiles, password_hash, service.clock())
        found = [accounts.by_username(tx.connection, name) for name in names]
    return [user.id for user in found if user is not None]


def user_id(service: Service, username: str) -> int:
    with service.database.read_transaction() as connection:
        user = accounts.by_username(connection, username)
    assert user is not None
    return user.id


def sign_in(client: FlaskClient, username: str) -> FlaskClient:
    credentials = {"username": username, "password": PASSWORD}
    assert client.post("/api/v1/auth/login/", json=credentials).status_code == 200
    return client


def started_duel(
    service: Service, challenger_id: int, opponent: str, challenge_type: str = "quick_quant_10"
) -> Challenge:
    """Bring a new challenge to `ongoing`."""
    challenges, now = service.challenges, service.clock()
    challenge = challenges.invite(challenger_id, challenge_type, opponent, now)
    opponent_id = challenge.attempts[1].player.id
    challenges.accept(challenge.id, opponent_id, now)
    challenges.ready(challenge.id, challenger_id, now)
    return challenges.ready(challenge.id, opponent_id, now)


def right_choice(challenge: Challenge, question_id: int) -> str:
    return next(q.correct_answer for q in challenge.questions if q.id == question_id)


def question_id_at(challenge: Challenge, place: int) -> int:
    """Return the id of a question, or of none if there are not so many: a search has none yet."""
    questions = challenge.questions
    return questions[place].id if place < len(questions) else 999_999


def first_answer(challenge: Challenge, choice: str | None) -> dict[str, object]:
    """Return an answer to the first question, the right one unless a choice is named."""
    first = question_id_at(challenge, 0)
    if choice is None:
        choice = right_choice(challenge, first) if challenge.questions else "A"
    return {"question_id": first, "selected_answer": choice}


def wrong_choice(challenge: Challenge, question_id: int) -> Any:
    right = right_choice(challenge, question_id)
    return next(letter for letter in "ABCD" if letter != right)


def play_to_the_end(service: Service, challenge: Challenge) -> Challenge:
    """Answer all questions: the challenger right, the opponent wrong."""
    challenger, opponent = (attempt.player.id for attempt in challenge.attempts)
    after = challenge
    for question in challenge.questions:
        for user_id, choice in (
            (challenger, question.correct_answer),
            (opponent, wrong_choice(challenge, question.id)),
        ):
            after = service.challenges.answer(
                challenge.id, user_id, question.id, choice, None, service.clock()
            )
    return after


def give_answer(
    service: Service, duel: Challenge, seat: int, place: int = 0, *, is_right: bool = True
) -> Challenge:
    """Have the participant of this seat answer the question at this place, both from 0."""
    question, player = duel.questions[place], duel.attempts[seat].player
    choice = question.correct_answer if is_right else wrong_choice(duel, question.id)
    return service.challenges.answer(duel.id, player.id, question.id, choice, 1.5, service.clock())
