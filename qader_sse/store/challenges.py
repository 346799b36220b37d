"""Challenges, read as a whole; `challenge_rows` has what is written of them."""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Select, bindparam, case, select

from qader_sse.domain.challenge import Answer, Attempt, Challenge, Player, Question
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.payloads import Status
from qader_sse.store import accounts, blocks, models, questions
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.driver_cursor import Row
from qader_sse.store.event_log_origin import at_least_base


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
_WITH_HEAD = (
    WITH_ATTEMPTS.add_columns(at_least_base(models.Topic.head).label("head"))
    .outerjoin(models.Topic, models.Topic.name == bindparam("topic"))
    .where(models.Challenge.id == bindparam("challenge_id"))
    .order_by(models.Attempt.id)
)
_LOAD = CompiledStatement(_WITH_HEAD)
# Gives the values of a row their names, as SQLAlchemy does.
_named: Callable[[Row], Any] = cast(
    "Any", namedtuple("_Named", _WITH_HEAD.selected_columns.keys())
)._make
_ANSWERS = CompiledStatement(
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
    found = load_with_head(connection, challenge_id)
    return None if found is None else found[0]


def load_with_head(connection: Connection, challenge_id: int) -> tuple[Challenge, int] | None:
    """Return the challenge, and its topic's head at the first of the two statements that read it."""
    if not 0 < challenge_id <= models.MAX_ID:
        return None
    wanted = {"challenge_id": challenge_id, "topic": challenge_topic(challenge_id)}
    rows = [_named(row) for row in _LOAD.run(connection, wanted)]
    if not rows:
        return None
    drawn = questions.by_ids(connection, rows[0].question_ids)
    return from_rows(rows, tuple(drawn), _answers(connection, challenge_id)), rows[0].head


def from_rows(
    rows: Sequence[Any],
    drawn: tuple[Question, ...] = (),
    answers: tuple[Answer, ...] = (),
) -> Challenge:
    """Build a challenge from rows of `WITH_ATTEMPTS`, one for each attempt, the challenger's first."""
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


def _attempt(row: Any) -> Attempt:
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
    rows = _ANSWERS.run(connection, {"challenge_id": challenge_id})
    return tuple(Answer(*row) for row in rows)
