"""Challenges: read as a whole, written by what differs.

Statements are built once, at import: SQLAlchemy caches their compiled form, but building them again
for each query would take time as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, insert, select

from qader_sse.domain.challenge import (
    FINAL,
    Answer,
    Attempt,
    Challenge,
    Player,
    Question,
    attempt_id,
)
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.payloads import Status
from qader_sse.store import accounts, blocks, models, questions, row_changes
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.event_log_origin import at_least_base
from qader_sse.store.row_changes import RowChange


@dataclass(frozen=True, slots=True)
class WatchInfo:
    """What a stream on a challenge needs: its status, its viewers, and the bounds of its topic.

    An opponent who never accepted is no viewer while they block the challenger.
    """

    status: Status
    participant_ids: tuple[int, ...]
    head: int
    floor: int


# One row for each attempt: its player, the attempt, and the challenge.
WITH_ATTEMPTS: Select[*tuple[Any, ...]] = (
    select(
        *(column.label(f"player_{column.key}") for column in accounts.PLAYER),
        models.Attempt.id.label("attempt_id"),
        models.Attempt.score,
        models.Attempt.is_ready,
        models.Attempt.start_time,
        models.Attempt.end_time,
        models.Attempt.has_left,
        models.Attempt.is_online,
        models.Attempt.absences,
        models.Challenge,
    )
    .join(models.Attempt, models.Attempt.challenge_id == models.Challenge.id)
    .join(models.User, models.User.id == models.Attempt.user_id)
)
_LOAD = WITH_ATTEMPTS.where(models.Challenge.id == bindparam("challenge_id")).order_by(
    models.Attempt.id
)
_ANSWERS = (
    select(
        models.Answer.user_id,
        models.Answer.question_id,
        models.Answer.selected_choice,
        models.Answer.is_correct,
        models.Answer.time_taken_seconds,
        models.Answer.answered_at,
    )
    .where(models.Answer.challenge_id == bindparam("challenge_id"))
    .order_by(models.Answer.answered_at)
)
_WATCH_INFO = CompiledStatement(
    select(
        models.Challenge.status,
        models.Challenge.challenger_id,
        case((~blocks.hides_invite(), models.Challenge.opponent_id)),
        at_least_base(models.Topic.head),
        at_least_base(models.Topic.floor),
    )
    .outerjoin(models.Topic, models.Topic.name == bindparam("topic"))
    .where(models.Challenge.id == bindparam("challenge_id"))
)
_INSERT_NEW = insert(models.Challenge).returning(models.Challenge.id)


def watch_info(connection: Connection, challenge_id: int) -> WatchInfo | None:
    """Return what a stream needs before it opens or resumes, in one statement, or None."""
    if not 0 < challenge_id <= models.MAX_ID:
        return None
    wanted = {"challenge_id": challenge_id, "topic": challenge_topic(challenge_id)}
    rows = _WATCH_INFO.run(connection, wanted)
    if not rows:
        return None
    ((status, challenger_id, opponent_id, head, floor),) = rows
    participants = (challenger_id,) if opponent_id is None else (challenger_id, opponent_id)
    return WatchInfo(status, participants, head, floor)


def load(connection: Connection, challenge_id: int) -> Challenge | None:
    """Return the challenge with everything that the rules read, or None."""
    if not 0 < challenge_id <= models.MAX_ID:
        return None
    rows = connection.execute(_LOAD, {"challenge_id": challenge_id}).all()
    if not rows:
        return None
    drawn = questions.by_ids(connection, rows[0].question_ids)
    return from_rows(rows, tuple(drawn), _answers(connection, challenge_id))


def insert_new(connection: Connection, draft: Challenge) -> Challenge:
    """Store a challenge that has no id yet; return it and its attempts with their ids."""
    columns = {
        "challenge_type": draft.kind.key,
        "created_at": draft.created_at,
        "question_ids": [question.id for question in draft.questions],
        "seen_at": draft.created_at,
    }
    challenge_id = connection.execute(_INSERT_NEW, columns | _columns(draft)).scalar_one()
    attempts = tuple(
        replace(attempt, id=attempt_id(challenge_id, position))
        for position, attempt in enumerate(draft.attempts)
    )
    row_changes.write(connection, [_new_attempt(challenge_id, attempt) for attempt in attempts])
    return replace(draft, id=challenge_id, attempts=attempts)


def differences(before: Challenge, after: Challenge, now: datetime) -> list[RowChange]:
    """Return the rows that differ. Whoever writes them makes sure that `before` is current."""
    columns = _columns(after)
    if after.questions is not before.questions:
        columns["question_ids"] = [question.id for question in after.questions]
    changes: list[RowChange] = []
    if columns != _columns(before):
        ended_at = now if after.status in FINAL else None
        changes.append(RowChange(models.Challenge, columns | {"ended_at": ended_at}, after.id))
    for earlier, attempt in zip(before.attempts, after.attempts, strict=False):
        if attempt != earlier:
            changes.append(RowChange(models.Attempt, _attempt_columns(attempt), attempt.id))
    new_attempts = after.attempts[len(before.attempts) :]
    given = after.answers[len(before.answers) :]
    return [
        *changes,
        *(_new_attempt(after.id, attempt) for attempt in new_attempts),
        *(_new_answer(after.id, answer) for answer in given),
    ]


def from_rows(
    rows: Sequence[Row[*tuple[Any, ...]]],
    drawn: tuple[Question, ...] = (),
    answers: tuple[Answer, ...] = (),
) -> Challenge:
    """Build a challenge from its rows, one for each attempt, the challenger's first."""
    first = rows[0]
    return Challenge(
        id=first.id,
        kind=CHALLENGE_TYPES[first.challenge_type],
        status=first.status,
        attempts=tuple(_attempt(row) for row in rows),
        questions=drawn,
        answers=answers,
        created_at=first.created_at,
        due_at=first.due_at,
        accepted_at=first.accepted_at,
        started_at=first.started_at,
        # A start by an earlier version had no countdown.
        first_question_at=first.first_question_at or first.started_at,
        completed_at=first.completed_at,
        deadline_at=first.deadline_at,
        winner_id=first.winner_id,
        is_match=first.is_match,
    )


def _attempt(row: Row[*tuple[Any, ...]]) -> Attempt:
    return Attempt(
        id=row.attempt_id,
        player=Player(*row[: len(accounts.PLAYER)]),
        score=row.score,
        is_ready=row.is_ready,
        start_time=row.start_time,
        end_time=row.end_time,
        has_left=row.has_left,
        is_online=row.is_online,
        absences=row.absences,
    )


def _answers(connection: Connection, challenge_id: int) -> tuple[Answer, ...]:
    rows = connection.execute(_ANSWERS, {"challenge_id": challenge_id})
    return tuple(Answer(*row) for row in rows)


def _columns(challenge: Challenge) -> dict[str, Any]:
    return {
        "status": challenge.status,
        "challenger_id": challenge.challenger.id,
        "opponent_id": challenge.opponent and challenge.opponent.id,
        "winner_id": challenge.winner_id,
        "is_match": challenge.is_match,
        "accepted_at": challenge.accepted_at,
        "started_at": challenge.started_at,
        "first_question_at": challenge.first_question_at,
        "completed_at": challenge.completed_at,
        "deadline_at": challenge.deadline_at,
        "due_at": challenge.due_at,
    }


def _attempt_columns(attempt: Attempt) -> dict[str, Any]:
    return {
        "score": attempt.score,
        "is_ready": attempt.is_ready,
        "start_time": attempt.start_time,
        "end_time": attempt.end_time,
        "has_left": attempt.has_left,
        "is_online": attempt.is_online,
        "absences": attempt.absences,
    }


def _new_attempt(challenge_id: int, attempt: Attempt) -> RowChange:
    ids = {"id": attempt.id, "challenge_id": challenge_id, "user_id": attempt.player.id}
    return RowChange(models.Attempt, ids | _attempt_columns(attempt))


def _new_answer(challenge_id: int, answer: Answer) -> RowChange:
    return RowChange(
        models.Answer,
        {
            "challenge_id": challenge_id,
            "user_id": answer.user_id,
            "question_id": answer.question_id,
            "selected_choice": answer.selected_choice,
            "is_correct": answer.is_correct,
            "time_taken_seconds": answer.time_taken_seconds,
            "answered_at": answer.answered_at,
        },
    )
