"""Who waits for an opponent, and who is still there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from qader_sse.store.models import Challenge, User

_OPEN = ("pending_invite", "accepted", "ongoing")
# The status is part of the text: only so is the index of just these rows used.
_SEEKERS = select(Challenge.challenger_id).where(
    Challenge.status == bindparam("status", "pending_matchmaking", literal_execute=True)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A challenge that looks for an opponent, and whose it is."""

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
    """Return who waits for somebody like this seeker, the longest waiting first.

    Left out are those not seen since then, and those who have an open challenge with
    the seeker already.
    """
    rows = connection.execute(
        select(Challenge.id, Challenge.challenger_id)
        .join(User, User.id == Challenge.challenger_id)
        .where(
            Challenge.challenge_type == challenge_type,
            Challenge.status == "pending_matchmaking",
            Challenge.challenger_id != seeker_id,
            Challenge.due_at > now,
            Challenge.seen_at > seen_since,
            User.disabled_at.is_(None),
            ~_are_at_it(seeker_id),
        )
        .order_by(Challenge.id)
        .limit(limit)
    )
    return [Waiting(row.id, row.challenger_id) for row in rows]


def last_rival(connection: Connection, user_id: int) -> int | None:
    """Return whom this player was in a challenge with most recently."""
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
    """Return who looks for an opponent: few, for whoever finds another is none any more."""
    return set(connection.scalars(_SEEKERS))


def mark_seen(connection: Connection, user_ids: Collection[int], now: datetime) -> None:
    """Note that these seekers are there. Passes over what is being matched at this moment."""
    theirs = (
        select(Challenge.id)
        .where(Challenge.status == "pending_matchmaking", Challenge.challenger_id.in_(user_ids))
        .order_by(Challenge.id)
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(Challenge).where(Challenge.id.in_(theirs)).values(seen_at=now))


def _are_at_it(seeker_id: int) -> ColumnElement[bool]:
    """Say that the seeker and the challenger of the row have an open challenge with each other."""
    other = aliased(Challenge)
    return exists().where(
        other.status.in_(_OPEN),
        or_(
            and_(other.challenger_id == seeker_id, other.opponent_id == Challenge.challenger_id),
            and_(other.opponent_id == seeker_id, other.challenger_id == Challenge.challenger_id),
        ),
    )
