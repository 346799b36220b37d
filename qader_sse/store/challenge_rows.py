"""What of a challenge is written: the rows of a new one, and those in which two states differ."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from qader_sse.domain.challenge import FINAL, Answer, Attempt, Challenge, attempt_id
from qader_sse.store import models, row_changes
from qader_sse.store.row_changes import RowChange


def insert_new(connection: Connection, draft: Challenge) -> Challenge:
    """Store a challenge that has no id yet; return it and its attempts with their ids."""
    columns = {
        "challenge_type": draft.kind.key,
        "created_at": draft.created_at,
        "question_ids": [question.id for question in draft.questions],
        "seen_at": draft.created_at,
    }
    row = RowChange(models.Challenge, columns | _columns(draft))
    challenge_id = row_changes.insert_one(connection, row)
    attempts = tuple(
        replace(attempt, id=attempt_id(challenge_id, position))
        for position, attempt in enumerate(draft.attempts)
    )
    rows = [_new_attempt(challenge_id, attempt) for attempt in attempts]
    row_changes.write_together(connection, rows)
    return replace(draft, id=challenge_id, attempts=attempts)


def differences(before: Challenge, after: Challenge, now: datetime) -> list[RowChange]:
    """Return the rows that differ, and what of each. Whoever writes them makes sure that `before` is current.

    SQLite writes each index of a column that is named in an update, even if it stays as it was.
    """
    changed = _changed(_columns(before), _columns(after))
    if after.questions is not before.questions:
        changed["question_ids"] = [question.id for question in after.questions]
    if "status" in changed and after.status in FINAL:
        changed["ended_at"] = now
    changes = [RowChange(models.Challenge, changed, after.id)] if changed else []
    for earlier, attempt in zip(before.attempts, after.attempts, strict=False):
        if attempt != earlier:
            part = _changed(_attempt_columns(earlier), _attempt_columns(attempt))
            changes.append(RowChange(models.Attempt, part, attempt.id))
    new_attempts = after.attempts[len(before.attempts) :]
    given = after.answers[len(before.answers) :]
    return [
        *changes,
        *(_new_attempt(after.id, attempt) for attempt in new_attempts),
        *(_new_answer(after.id, answer) for answer in given),
    ]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in after.items() if value != before[column]}


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
