"""Queries for matchmaking: the open searches, and whether their seekers are still online."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.payloads import Status
from qader_sse.store import blocks, last_opponents, one_or_two
from qader_sse.store.compiled_statement import CompiledStatement, written_out
from qader_sse.store.dialect import gathered
from qader_sse.store.models import Attempt, Challenge, User

_SEEKER: BindParameter[int] = bindparam("seeker_id")
_NOW: BindParameter[datetime] = bindparam("now")
# The status is a literal, not a parameter: only then do the partial indexes match the queries.
_SEARCHING, _ACCEPTED, _ONGOING = written_out(("pending_matchmaking", "accepted", "ongoing"))
_IS_SEARCH = Challenge.status == _SEARCHING
_IS_OPEN_SEARCH = and_(_IS_SEARCH, Challenge.due_at > _NOW)
_SEEKERS = CompiledStatement(select(Challenge.challenger_id).where(_IS_SEARCH))
_OPEN_SEARCHES = CompiledStatement(
    select(Challenge.id)
    .where(_IS_OPEN_SEARCH, one_or_two.is_of(Challenge.challenger_id))
    .order_by(Challenge.id)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open search, and whether its owner and the seeker were the last opponent of either."""

    challenge_id: int
    has_just_met: bool


@dataclass(frozen=True, slots=True)
class Engagement:
    """What keeps somebody from beginning a search: their open one, or a duel that they play.

    A duel keeps them until they have answered everything, and a match does so even before it starts.
    """

    challenge_id: int
    challenge_type: str
    status: Status

    @property
    def is_search(self) -> bool:
        return self.status == "pending_matchmaking"


def waiting_for(
    connection: Connection,
    challenge_type: str,
    seeker_id: int,
    now: datetime,
    seen_since: datetime,
    limit: int,
) -> list[Waiting]:
    """Return the open searches that this seeker can be matched with, the oldest first.

    Left out are searches of users who were not seen since `seen_since`, of those who play, and of
    those whom `apart_from` returns.
    """
    given = {"seeker_id": seeker_id, "now": now, "seen_since": seen_since}
    rows = _WAITING.run(connection, {**given, "challenge_type": challenge_type, "most": limit})
    return [Waiting(*row) for row in rows]


def online_seekers(
    connection: Connection, now: datetime, seen_since: datetime, limit: int
) -> dict[str, set[int]]:
    """Return, by type, up to `limit` users who are online and search.

    Nothing but their searches is read: whoever plays has none, nor has whoever is disabled.
    """
    given = {"now": now, "seen_since": seen_since, "most": limit}
    rows = _SEEKERS_BY_TYPE.run(connection, given)
    return {challenge_type: set(seeker_ids) for challenge_type, seeker_ids in rows}


def apart_from(connection: Connection, seeker_id: int, now: datetime) -> set[int]:
    """Return whom this seeker cannot be matched with, though others could."""
    rows = _APART_FROM_SEEKER.run(connection, {"seeker_id": seeker_id, "now": now})
    return {row[0] for row in rows}


def engagements(connection: Connection, seeker_id: int, now: datetime) -> list[Engagement]:
    """Return what keeps a user from beginning a search, the oldest first, as of one moment."""
    rows = _ENGAGEMENTS.run(connection, {"seeker_id": seeker_id, "now": now})
    return [Engagement(*row) for row in rows]


def open_searches(connection: Connection, user_ids: Collection[int], now: datetime) -> list[int]:
    """Return the ids of the open searches of one or two users, the oldest first."""
    rows = _OPEN_SEARCHES.run(connection, {**one_or_two.ids(user_ids), "now": now})
    return [challenge_id for (challenge_id,) in rows]


def searching_players(
    connection: Connection, user_ids: Collection[int], now: datetime
) -> list[int]:
    """Return those of one or two users who have an open search and play a duel as well."""
    rows = _SEARCHING_PLAYERS.run(connection, {**one_or_two.ids(user_ids), "now": now})
    return [user_id for (user_id,) in rows]


def seekers(connection: Connection) -> set[int]:
    """Return the users with an open search. They are few: a match ends the search."""
    return {user_id for (user_id,) in _SEEKERS.run(connection, {})}


def mark_seen(connection: Connection, user_ids: Collection[int], now: datetime) -> None:
    """Record that these seekers are online. Skips searches that another transaction has locked."""
    connection.execute(_MARK_SEEN, {"user_ids": list(user_ids), "now": now})


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
        or_(duel.status == _ONGOING, and_(duel.status == _ACCEPTED, duel.is_match)),
        has_more_to_answer,
    )


def _agreed_with(user_id: Any, now: Any) -> tuple[Select[Any], Select[Any]]:
    """Select those with whom a user is to play, in either role."""
    agreed = aliased(Challenge)
    is_to_come = and_(agreed.due_at > now, agreed.status == _ACCEPTED)
    return (
        select(agreed.opponent_id).where(agreed.challenger_id == user_id, is_to_come),
        select(agreed.challenger_id).where(agreed.opponent_id == user_id, is_to_come),
    )


# Built once: to build them for each search took two thirds of its time, under the lock of all seekers.
_ENGAGEMENTS = CompiledStatement(
    union_all(
        select(Challenge.id, Challenge.challenge_type, Challenge.status).where(
            _IS_OPEN_SEARCH, Challenge.challenger_id == _SEEKER
        ),
        _played_by(_SEEKER, _NOW),
    ).order_by("id")
)
_SEARCHING_PLAYERS = CompiledStatement(
    select(Challenge.challenger_id).where(
        _IS_OPEN_SEARCH,
        one_or_two.is_of(Challenge.challenger_id),
        _played_by(Challenge.challenger_id, _NOW).exists(),
    )
)
_APART = union_all(select(_SEEKER), *blocks.kept_apart(_SEEKER), *_agreed_with(_SEEKER, _NOW))
_APART_FROM_SEEKER = CompiledStatement(_APART)
_IS_ONLINE_SEARCH = and_(_IS_OPEN_SEARCH, Challenge.seen_at > bindparam("seen_since"))
_HAVE_JUST_MET = or_(
    Challenge.challenger_id == func.coalesce(last_opponents.of(_SEEKER), 0),
    func.coalesce(last_opponents.of(Challenge.challenger_id), 0) == _SEEKER,
)
_WAITING = CompiledStatement(
    select(Challenge.id, _HAVE_JUST_MET)
    .join(User, User.id == Challenge.challenger_id)
    .where(
        Challenge.challenge_type == bindparam("challenge_type"),
        _IS_ONLINE_SEARCH,
        User.disabled_at.is_(None),
        ~_played_by(Challenge.challenger_id, _NOW).exists(),
        Challenge.challenger_id.not_in(_APART),
    )
    .order_by(Challenge.id)
    .limit(bindparam("most", type_=Integer))
)
_ONLINE = (
    select(Challenge.challenge_type, Challenge.challenger_id)
    # All types: named, because only then does SQLite read nothing but open searches.
    .where(Challenge.challenge_type.in_(written_out(CHALLENGE_TYPES)), _IS_ONLINE_SEARCH)
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
# Gathered by the database: a row of each takes as long as to find it.
_SEEKERS_BY_TYPE = CompiledStatement(
    lambda dialect: select(
        _ONLINE.c.challenge_type, gathered(dialect, _ONLINE.c.challenger_id)
    ).group_by(_ONLINE.c.challenge_type)
)
_UNLOCKED = (
    select(Challenge.id)
    .where(_IS_SEARCH, Challenge.challenger_id.in_(bindparam("user_ids", expanding=True)))
    .order_by(Challenge.id)
    .with_for_update(skip_locked=True)
)
_MARK_SEEN = update(Challenge).where(Challenge.id.in_(_UNLOCKED)).values(seen_at=_NOW)
