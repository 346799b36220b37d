"""Queries for matchmaking: the open searches, and whether their seekers are still online."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, aliased

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.payloads import Status
from qader_sse.store import blocks
from qader_sse.store.models import Attempt, Challenge, User

_MAX_COUNTED = 1_000
# The status is a literal, not a parameter: only then do the partial indexes match the queries.
_IS_OPEN_SEARCH = Challenge.status == bindparam(
    "status", "pending_matchmaking", literal_execute=True
)
_SEEKERS = select(Challenge.challenger_id).where(_IS_OPEN_SEARCH)
_OPEN_SEARCHES = (
    select(Challenge.id)
    .where(
        _IS_OPEN_SEARCH,
        Challenge.challenger_id.in_(bindparam("user_ids", expanding=True)),
        Challenge.due_at > bindparam("now"),
    )
    .order_by(Challenge.id)
)


def _last_agreed(person: Mapped[Any], other: Mapped[Any]) -> Select[Any, datetime | None, int]:
    """Select the other one of the last accepted challenge in which somebody has one of the roles."""
    agreed = (
        select(other.label("other_id"), Challenge.accepted_at, Challenge.id)
        .where(person == bindparam("user_id"), Challenge.accepted_at.is_not(None))
        .order_by(Challenge.accepted_at.desc(), Challenge.id.desc())
        .limit(1)
        .subquery()
    )
    return select(agreed.c.other_id, agreed.c.accepted_at, agreed.c.id)


# In halves, each of which is one look into an index: by `OR`, all challenges of the user are read.
_LAST_OPPONENT = (
    union_all(
        _last_agreed(Challenge.challenger_id, Challenge.opponent_id),
        _last_agreed(Challenge.opponent_id, Challenge.challenger_id),
    )
    .order_by(text("accepted_at DESC, id DESC"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open search, and the user who began it."""

    challenge_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class BeingPlayed:
    """A duel that somebody plays, or is to get ready for."""

    challenge_id: int
    challenge_type: str
    status: Status


def waiting_for(
    connection: Connection,
    challenge_type: str,
    seeker_id: int,
    now: datetime,
    seen_since: datetime,
    limit: int,
) -> list[Waiting]:
    """Return the open searches that this seeker can be matched with, the oldest first.

    Left out are searches of users who were not seen since `seen_since`, of those who play, of those
    who have agreed on a challenge with the seeker, and of those where one has blocked the other.
    """
    rows = connection.execute(
        select(Challenge.id, Challenge.challenger_id)
        .join(User, User.id == Challenge.challenger_id)
        .where(
            Challenge.challenge_type == challenge_type,
            *_can_be_matched_with(seeker_id, now, seen_since),
        )
        .order_by(Challenge.id)
        .limit(limit)
    )
    return [Waiting(row.id, row.challenger_id) for row in rows]


def count_waiting(
    connection: Connection, seeker_id: int, now: datetime, seen_since: datetime
) -> dict[str, int]:
    """Return for each type how many open searches this seeker could be matched with.

    Of more than a thousand, the others are not counted.
    """
    waiting = (
        select(Challenge.challenge_type)
        .join(User, User.id == Challenge.challenger_id)
        .where(
            # All types: named, because only then does SQLite read nothing but open searches.
            Challenge.challenge_type.in_(CHALLENGE_TYPES),
            *_can_be_matched_with(seeker_id, now, seen_since),
        )
        .limit(_MAX_COUNTED)
        .subquery()
    )
    kind = waiting.c.challenge_type
    rows = connection.execute(select(kind, func.count()).group_by(kind))
    return {row[0]: row[1] for row in rows}


def being_played(connection: Connection, user_id: int, now: datetime) -> list[BeingPlayed]:
    """Return the duels that keep a user from searching for another one."""
    rows = connection.execute(_BEING_PLAYED, {"user_id": user_id, "now": now})
    return [BeingPlayed(*row) for row in rows]


def open_searches(connection: Connection, user_ids: Collection[int], now: datetime) -> list[int]:
    """Return the ids of the open searches of these users, the oldest first."""
    return list(connection.scalars(_OPEN_SEARCHES, {"user_ids": list(user_ids), "now": now}))


def last_opponent(connection: Connection, user_id: int) -> int | None:
    """Return the other participant of the last accepted challenge of this user, or None."""
    found: int | None = connection.scalar(_LAST_OPPONENT, {"user_id": user_id})
    return found


def seekers(connection: Connection) -> set[int]:
    """Return the users with an open search. They are few: a match ends the search."""
    return set(connection.scalars(_SEEKERS))


def mark_seen(connection: Connection, user_ids: Collection[int], now: datetime) -> None:
    """Record that these seekers are online. Skips searches that another transaction has locked."""
    unlocked = (
        select(Challenge.id)
        .where(_IS_OPEN_SEARCH, Challenge.challenger_id.in_(user_ids))
        .order_by(Challenge.id)
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(Challenge).where(Challenge.id.in_(unlocked)).values(seen_at=now))


def _can_be_matched_with(
    seeker_id: int, now: datetime, seen_since: datetime
) -> tuple[ColumnElement[bool], ...]:
    """Match the open searches for which `waiting_for` says whose are left out."""
    return (
        _IS_OPEN_SEARCH,
        Challenge.challenger_id != seeker_id,
        Challenge.due_at > now,
        Challenge.seen_at > seen_since,
        User.disabled_at.is_(None),
        ~blocks.between(Challenge.challenger_id, seeker_id),
        ~_have_agreed_with(seeker_id, now),
        ~_played_by(Challenge.challenger_id, now).exists(),
    )


def _played_by(user_id: Any, now: Any) -> Select[int, str, Status]:
    """Select the duels that a user plays or is to get ready for, because they were matched.

    Not those in which they have answered everything, nor those of an accepted invite: for its
    start, the other one may keep them waiting for an hour. The index of what is not over serves
    this, because only that has a `due_at`.
    """
    duel, attempt = aliased(Challenge), aliased(Attempt)
    # Not a join, which SQLite would begin with all attempts of this user. The user may be a column of
    # the outermost query, which SQLAlchemy by itself would take for one of a table read once more.
    has_more_to_answer = (
        select(attempt.id)
        .where(
            attempt.challenge_id == duel.id, attempt.user_id == user_id, attempt.end_time.is_(None)
        )
        .correlate_except(attempt)
        .exists()
    )
    return select(duel.id, duel.challenge_type, duel.status).where(
        duel.due_at > now,
        or_(duel.challenger_id == user_id, duel.opponent_id == user_id),
        or_(duel.status == "ongoing", and_(duel.status == "accepted", duel.is_match)),
        has_more_to_answer,
    )


def _have_agreed_with(seeker_id: int, now: datetime) -> ColumnElement[bool]:
    """Match rows whose challenger is to play with the seeker, in either role."""
    other = aliased(Challenge)
    return exists().where(
        other.due_at > now,
        other.status == "accepted",
        or_(
            and_(other.challenger_id == seeker_id, other.opponent_id == Challenge.challenger_id),
            and_(other.opponent_id == seeker_id, other.challenger_id == Challenge.challenger_id),
        ),
    )


_BEING_PLAYED = _played_by(bindparam("user_id"), bindparam("now"))
