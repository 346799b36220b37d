"""Presence: the users present at each worker, as the worker last recorded it; one row a worker."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from qader_sse.domain.challenge import PLAYING, Player
from qader_sse.store.accounts import PLAYER
from qader_sse.store.models import Attempt, Challenge, Presence, User

_RECORDED = select(Presence.user_ids).where(
    Presence.seen_at > bindparam("since"), Presence.worker != bindparam("but")
)
# The status is a literal, not a parameter: only then does the partial index match the query. All
# these are read, since they are few; by its users, a duel would be found among all they ever played.
_PLAYING = (
    select(Challenge.id, Challenge.challenger_id, Challenge.opponent_id)
    .where(
        Challenge.status.in_(bindparam("playing", PLAYING, expanding=True, literal_execute=True))
    )
    .cte("playing")
    .prefix_with("MATERIALIZED")
)
_TOLD = (
    select(Attempt.challenge_id, Attempt.user_id, Attempt.is_online)
    .join(_PLAYING, _PLAYING.c.id == Attempt.challenge_id)
    .where(
        or_(
            _PLAYING.c.challenger_id.in_(bindparam("user_ids", expanding=True)),
            _PLAYING.c.opponent_id.in_(bindparam("user_ids", expanding=True)),
        )
    )
)


def record(connection: Connection, worker: str, user_ids: Collection[int], now: datetime) -> bool:
    """Record the users present at this worker, in place of those it recorded before.

    Returns whether it still had a row; if not, it was taken for one that has ended.
    """
    row = {"user_ids": sorted(user_ids), "seen_at": now}
    own = update(Presence).where(Presence.worker == worker).values(**row)
    if connection.execute(own).rowcount:
        return True
    connection.execute(insert(Presence).values(worker=worker, **row))
    return False


def recorded(connection: Connection, since: datetime, but: str = "") -> set[int]:
    """Return the users present at all workers but one; rows older than `since` do not count."""
    found = connection.scalars(_RECORDED, {"since": since, "but": but})
    return {user_id for user_ids in found for user_id in user_ids}


def outdated(
    connection: Connection, user_ids: Collection[int], present: Collection[int]
) -> list[tuple[int, int]]:
    """Return the duels of these users that tell otherwise than that only some of them are present.

    Each comes as its id and the user. Only those that are accepted or ongoing tell it.
    """
    known = set(user_ids)
    rows = connection.execute(_TOLD, {"user_ids": list(known)})
    return [
        (row.challenge_id, row.user_id)
        for row in rows
        if row.user_id in known and row.is_online != (row.user_id in present)
    ]


def listed(connection: Connection, user_ids: Collection[int]) -> list[Player]:
    """Return those of these users who want to be listed as online, sorted by username."""
    rows = connection.execute(
        select(*PLAYER)
        .where(User.id.in_(user_ids), User.listed_online, User.disabled_at.is_(None))
        .order_by(User.username_key)
    )
    return [Player(*row) for row in rows]


def forget(connection: Connection, before: datetime) -> list[list[int]]:
    """Delete the rows of workers that recorded nothing after this time; return the users of each."""
    ended = delete(Presence).where(Presence.seen_at <= before).returning(Presence.user_ids)
    return list(connection.scalars(ended))
