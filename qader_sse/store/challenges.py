"""Challenges: read whole, written by what changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from qader_sse.domain import usernames
from qader_sse.domain.challenge import FINAL, Answer, Attempt, Challenge, attempt_id
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.shapes import Status
from qader_sse.store import accounts, models, questions


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of challenges is narrowed to; None leaves a filter out."""

    status: str | None = None
    challenge_type: str | None = None
    opponent_username: str | None = None
    is_pending_invite_for_user: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who may watch a challenge, whether it is over, and how far its topic reaches."""

    status: Status
    participant_ids: tuple[int, ...]
    head: int
    floor: int


_STANDING = (
    select(
        models.Challenge.status,
        models.Challenge.challenger_id,
        models.Challenge.opponent_id,
        func.coalesce(models.Topic.head, 0),
        func.coalesce(models.Topic.floor, 0),
    )
    .outerjoin(models.Topic, models.Topic.name == bindparam("topic"))
    .where(models.Challenge.id == bindparam("challenge_id"))
)


def standing(session: Session | Connection, challenge_id: int) -> Standing | None:
    """Return what a stream has to know before it opens or resumes, in one statement; or None."""
    if not 0 < challenge_id <= models.MAX_ID:
        return None
    wanted = {"challenge_id": challenge_id, "topic": challenge_topic(challenge_id)}
    row = session.execute(_STANDING, wanted).first()
    if row is None:
        return None
    status, challenger_id, opponent_id, head, floor = row
    seated = (challenger_id,) if opponent_id is None else (challenger_id, opponent_id)
    return Standing(status, seated, head, floor)


def load(session: Session, challenge_id: int) -> Challenge | None:
    """Return the challenge with everything the rules look at, or None."""
    if not 0 < challenge_id <= models.MAX_ID:
        return None
    row = session.get(models.Challenge, challenge_id)
    if row is None:
        return None
    (challenge,) = _assemble(session, [row])
    return replace(
        challenge,
        questions=tuple(questions.by_ids(session, row.question_ids)),
        answers=_answers(session, challenge_id),
    )


def insert_new(session: Session, draft: Challenge) -> Challenge:
    """Store a challenge that has no number yet; return it numbered, its attempts too."""
    columns = {
        "challenge_type": draft.kind.key,
        "created_at": draft.created_at,
        "question_ids": [question.id for question in draft.questions],
        "seen_at": draft.created_at,
    }
    challenge_id = session.execute(
        insert(models.Challenge).values(**columns, **_columns(draft)).returning(models.Challenge.id)
    ).scalar_one()
    attempts = tuple(
        replace(attempt, id=attempt_id(challenge_id, seat))
        for seat, attempt in enumerate(draft.attempts)
    )
    _insert_attempts(session, challenge_id, attempts)
    return replace(draft, id=challenge_id, attempts=attempts)


def save(session: Session, before: Challenge, after: Challenge, now: datetime) -> None:
    """Write what differs. The caller holds the challenge's topic, so nothing came in between."""
    if _columns(after) != _columns(before):
        ended = {"ended_at": now} if after.status in FINAL else {}
        session.execute(
            update(models.Challenge)
            .where(models.Challenge.id == after.id)
            .values(**_columns(after), **ended)
        )
    for earlier, attempt in zip(before.attempts, after.attempts, strict=False):
        if attempt != earlier:
            session.execute(
                update(models.Attempt)
                .where(models.Attempt.id == attempt.id)
                .values(**_attempt_columns(attempt))
            )
    _insert_attempts(session, after.id, after.attempts[len(before.attempts) :])
    _insert_answers(session, after.id, after.answers[len(before.answers) :])


def page(
    session: Session, user_id: int, filters: Filters, offset: int, limit: int
) -> tuple[int, list[Challenge]]:
    """Return how many challenges of this user match, and one page of them, newest first.

    Those come without questions and answers.
    """
    matching = select(models.Challenge).where(*_conditions(user_id, filters))
    count = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    rows = session.scalars(
        matching.order_by(models.Challenge.id.desc()).offset(offset).limit(limit)
    ).all()
    return count, _assemble(session, rows)


def unanswered_invites(
    session: Session, user_id: int, since: datetime
) -> tuple[int, datetime | None]:
    """Count the invites this person sent since then that nobody accepted; say when the first was."""
    challenge = models.Challenge
    count, first = session.execute(
        select(func.count(), func.min(challenge.created_at)).where(
            challenge.challenger_id == user_id,
            challenge.opponent_id.is_not(None),
            challenge.accepted_at.is_(None),
            challenge.created_at > since,
        )
    ).one()
    return count, first


def _conditions(user_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    challenge = models.Challenge
    conditions: list[ColumnElement[bool]] = [
        or_(challenge.challenger_id == user_id, challenge.opponent_id == user_id)
    ]
    if filters.status is not None:
        conditions.append(challenge.status == filters.status)
    if filters.challenge_type is not None:
        conditions.append(challenge.challenge_type == filters.challenge_type)
    if filters.is_pending_invite_for_user is not None:
        invited = and_(challenge.status == "pending_invite", challenge.opponent_id == user_id)
        # `opponent_id` may be null, and NOT null is neither true nor false.
        is_invited = func.coalesce(invited, False)
        conditions.append(is_invited if filters.is_pending_invite_for_user else not_(is_invited))
    if filters.opponent_username is not None:
        conditions.append(_played_against(user_id, filters.opponent_username))
    return conditions


def _played_against(user_id: int, username: str) -> ColumnElement[bool]:
    """Match challenges whose `opponent` has that name, or where one was challenged by them."""
    challenge, other = models.Challenge, aliased(models.User)
    named = select(other.id).where(other.username_key == usernames.key(username))
    challenged_by = and_(challenge.challenger_id != user_id, challenge.challenger_id.in_(named))
    return or_(challenge.opponent_id.in_(named), challenged_by)


def _assemble(session: Session, rows: Sequence[models.Challenge]) -> list[Challenge]:
    ids = [row.id for row in rows]
    found = session.execute(
        select(models.Attempt, models.User)
        .join(models.User, models.User.id == models.Attempt.user_id)
        .where(models.Attempt.challenge_id.in_(ids))
        .order_by(models.Attempt.id)
    )
    attempts: dict[int, list[Attempt]] = {}
    for attempt, user in found:
        attempts.setdefault(attempt.challenge_id, []).append(_attempt(attempt, user))
    return [_challenge(row, tuple(attempts[row.id])) for row in rows]


def _challenge(row: models.Challenge, attempts: tuple[Attempt, ...]) -> Challenge:
    return Challenge(
        id=row.id,
        kind=CHALLENGE_TYPES[row.challenge_type],
        status=row.status,
        attempts=attempts,
        questions=(),
        answers=(),
        created_at=row.created_at,
        due_at=row.due_at,
        accepted_at=row.accepted_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        deadline_at=row.deadline_at,
        winner_id=row.winner_id,
    )


def _attempt(row: models.Attempt, user: models.User) -> Attempt:
    return Attempt(
        id=row.id,
        player=accounts.player(user),
        score=row.score,
        is_ready=row.is_ready,
        start_time=row.start_time,
        end_time=row.end_time,
    )


def _answers(session: Session, challenge_id: int) -> tuple[Answer, ...]:
    rows = session.scalars(
        select(models.Answer)
        .where(models.Answer.challenge_id == challenge_id)
        .order_by(models.Answer.answered_at)
    )
    return tuple(
        Answer(
            user_id=row.user_id,
            question_id=row.question_id,
            selected_choice=row.selected_choice,  # type: ignore[arg-type]  # written from a Choice only
            is_correct=row.is_correct,
            time_taken_seconds=row.time_taken_seconds,
            answered_at=row.answered_at,
        )
        for row in rows
    )


def _columns(challenge: Challenge) -> dict[str, Any]:
    return {
        "status": challenge.status,
        "challenger_id": challenge.challenger.id,
        "opponent_id": challenge.opponent and challenge.opponent.id,
        "winner_id": challenge.winner_id,
        "accepted_at": challenge.accepted_at,
        "started_at": challenge.started_at,
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
    }


def _insert_attempts(session: Session, challenge_id: int, attempts: Iterable[Attempt]) -> None:
    rows = [
        {"id": a.id, "challenge_id": challenge_id, "user_id": a.player.id, **_attempt_columns(a)}
        for a in attempts
    ]
    if rows:
        session.execute(insert(models.Attempt), rows)


def _insert_answers(session: Session, challenge_id: int, answers: Iterable[Answer]) -> None:
    rows = [
        {
            "challenge_id": challenge_id,
            "user_id": a.user_id,
            "question_id": a.question_id,
            "selected_choice": a.selected_choice,
            "is_correct": a.is_correct,
            "time_taken_seconds": a.time_taken_seconds,
            "answered_at": a.answered_at,
        }
        for a in answers
    ]
    if rows:
        session.execute(insert(models.Answer), rows)
