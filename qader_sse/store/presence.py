"""Presence: the users present at each worker, as the worker last recorded it; one row a worker."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from qader_sse.domain.challenge import PLAYING, Player
from qader_sse.store.accounts import PLAYER
from qader_sse.store.compiled_statement import CompiledStatement, written_out
from qader_sse.store.dialect import one_of
from qader_sse.store.models import Attempt, Challenge, Presence, User

_ROW: dict[str, Any] = {"user_ids": bindparam("present"), "seen_at": bindparam("now")}
_UPDATE = CompiledStatement(
    update(Presence)
    .where(Presence.worker == bindparam("of_worker"))
    .values(_ROW)
    .returning(Presence.worker)
)
_INSERT = CompiledStatement(insert(Presence).values(worker=bindparam("of_worker"), **_ROW))
_FORGET = CompiledStatement(
    delete(Presence).where(Presence.seen_at <= bindparam("before")).returning(Presence.user_ids)
)
_RECORDED = CompiledStatement(
    select(Presence.user_ids).where(
        Presence.seen_at > bindparam("since"), Presence.worker != bindparam("but")
    )
)
# The status is a literal, not a parameter: only then does the partial index match the query. All
# these are read, since they are few; by its users, a duel would be found among all they ever played.
_PLAYING = (
    select(Challenge.id, Challenge.challenger_id, Challenge.opponent_id)
    .where(Challenge.status.in_(written_out(PLAYING)))
    .cte("playing")
    .prefix_with("MATERIALIZED")
)
_TOLD = CompiledStatement(
    lambda dialect: (
        select(Attempt.challenge_id, Attempt.user_id, Attempt.is_online)
        .join(_PLAYING, _PLAYING.c.id == Attempt.challenge_id)
        .where(
            or_(
                one_of(dialect, _PLAYING.c.challenger_id, "user_ids"),
                one_of(dialect, _PLAYING.c.opponent_id, "user_ids"),
            )
        )
    )
)


def record(connection: Connection, worker: str, user_ids: Collection[int], now: datetime) -> bool:
    """Record the users present at this worker, in place of those it recorded before.

    Returns whether it still had a row; if not, it was taken for one that has ended.
    """
    row = {"of_worker": worker, "present": sorted(user_ids), "now": now}
    if _UPDATE.run(connection, row):
        return True
    _INSERT.run(connection, row)
    return False


def recorded(connection: Connection, since: datetime, but: str = "") -> set[int]:
    """Return the users present at all workers but one; rows older than `since` do not count."""
    found = _RECORDED.run(connection, {"since": since, "but": but})
    return {user_id for (user_ids,) in found for user_id in user_ids}


def outdated(
    connection: Connection, user_ids: Collection[int], present: Collection[int]
) -> list[tuple[int, int]]:
    """Return the duels of these users that tell otherwise than that only some of them are present.

    Each comes as its id and the user. Only those that are accepted or ongoing tell it.
    """
    known = set(user_ids)
    rows = _TOLD.run(connection, {"user_ids": list(known)})
    return [
        (challenge_id, user_id)
        for challenge_id, user_id, is_online in rows
        if user_id in known and is_online != (user_id in present)
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
    return [user_ids for (user_ids,) in _FORGET.run(connection, {"before": before})]
