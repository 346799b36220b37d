"""Queries for matchmaking: the open searches, and whether their seekers are still online."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.store import blocks
from qader_sse.store.models import Attempt, Challenge, User

# How long ago a duel that somebody plays may have been created. With a bound, an index finds the
# few that count, however many a person has had.
_LONGEST_PLAYED = timedelta(days=3)
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open search, and the user who began it."""

    challenge_id: int
    user_id: int


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


def open_searches(connection: Connection, user_ids: Collection[int], now: datetime) -> list[int]:
    """Return the ids of the open searches of these users, the oldest first."""
    return list(connection.scalars(_OPEN_SEARCHES, {"user_ids": list(user_ids), "now": now}))


def last_opponent(connection: Connection, user_id: int) -> int | None:
    """Return the other participant of the last accepted challenge of this user, or None."""
    row = connection.execute(
        select(Challenge.challenger_id, Challenge.opponent_id)
        .where(
            or_(Challenge.challenger_id == user_id, Challenge.opponent_id == user_id),
            Challenge.accepted_at.is_not(None),
        )
        .order_by(Challenge.accepted_at.desc(), Challenge.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    found: int = row.opponent_id if row.challenger_id == user_id else row.challenger_id
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
        ~_have_agreed_with(seeker_id),
        ~_is_playing(now),
    )


def _is_playing(now: datetime) -> ColumnElement[bool]:
    """Match rows whose challenger plays a duel, and has not answered everything in it."""
    duel, attempt = aliased(Challenge), aliased(Attempt)
    return exists().where(
        duel.status == "ongoing",
        duel.due_at > now,
        duel.created_at > now - _LONGEST_PLAYED,
        or_(
            duel.challenger_id == Challenge.challenger_id,
            duel.opponent_id == Challenge.challenger_id,
        ),
        attempt.challenge_id == duel.id,
        attempt.user_id == Challenge.challenger_id,
        attempt.end_time.is_(None),
    )


def _have_agreed_with(seeker_id: int) -> ColumnElement[bool]:
    """Match rows whose challenger is to play, or plays, with the seeker, in either role."""
    other = aliased(Challenge)
    return exists().where(
        other.status.in_(("accepted", "ongoing")),
        or_(
            and_(other.challenger_id == seeker_id, other.opponent_id == Challenge.challenger_id),
            and_(other.opponent_id == seeker_id, other.challenger_id == Challenge.challenger_id),
        ),
    )
