"""Deletes what has passed its retention, up to a limit of rows, and found by an index.

Each function returns how many it deleted. None waits for another transaction: what that has
locked is left for the next time.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import takewhile

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)

from qader_sse.domain.challenge import FINAL
from qader_sse.domain.events import challenge_topic, sessions_topic
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.compiled_statement import CompiledStatement, written_out
from qader_sse.store.idempotency import IdempotencyKey
from qader_sse.store.models import IS_NOTIFICATION, Answer, Attempt, Challenge, EventRow, Topic
from qader_sse.store.oldest_rows import OldestRows
from qader_sse.store.session_models import LoginSession

# In the very words of the partial index `ix_events_notifications`: otherwise the database does not
# use it.
_IS_NOTIFICATION = text(IS_NOTIFICATION)
_OF_CHALLENGES = (Answer, Attempt, IdempotencyKey)

# What every worker looks for once a minute, mostly in vain, while streams wait.
_MOST: BindParameter[int] = bindparam("most", type_=Integer)
_ENDED = Challenge.ended_at < bindparam("before")
_UNTRIMMED = CompiledStatement(
    select(Challenge.id)
    .where(_ENDED, Challenge.trimmed_at.is_(None))
    .order_by(Challenge.ended_at)
    .limit(_MOST)
)
_UNDATED = CompiledStatement(
    select(Challenge.id)
    .where(
        Challenge.ended_at.is_(None),
        Challenge.status.in_(written_out(FINAL)),
        Challenge.trimmed_at.is_(None),
    )
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_NOTIFICATIONS = CompiledStatement(
    select(EventRow.topic, EventRow.seq)
    .where(_IS_NOTIFICATION, EventRow.created_at < bindparam("before"))
    .order_by(EventRow.created_at)
    .limit(_MOST)
)
_SIGN_OUTS = CompiledStatement(
    select(EventRow.seq, EventRow.created_at)
    .where(EventRow.topic == sessions_topic())
    .order_by(EventRow.seq)
    .limit(_MOST)
)
_ENDED_CHALLENGES = CompiledStatement(
    select(Challenge.id)
    .where(_ENDED)
    .order_by(Challenge.ended_at)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_ENDED_BEFORE: BindParameter[datetime] = bindparam("ended_before", type_=UtcDateTime)
# Not by an index: of nearly all sessions, this is null.
_HAS_RUN_OUT = func.coalesce(LoginSession.expires_at, _ENDED_BEFORE) <= _ENDED_BEFORE
_OLD_SESSIONS = [
    OldestRows(LoginSession, is_old, age)
    for is_old, age in (
        (_HAS_RUN_OUT & (LoginSession.ended_at < _ENDED_BEFORE), LoginSession.ended_at),
        (
            _HAS_RUN_OUT & (LoginSession.created_at < bindparam("opened_before")),
            LoginSession.created_at,
        ),
        (LoginSession.expires_at < _ENDED_BEFORE, LoginSession.expires_at),
    )
]


def trim_challenges(
    connection: Connection, ended_before: datetime, now: datetime, limit: int
) -> int:
    """Delete the events of challenges that ended before a time, the earliest end first."""
    free = _not_held(connection, _found(_UNTRIMMED, connection, ended_before, limit))
    if not free:
        return 0
    trim(connection, free)
    trimmed = update(Challenge).where(Challenge.id.in_(free.values())).values(trimmed_at=now)
    connection.execute(trimmed)
    return len(free)


def date_endings(connection: Connection, now: datetime, limit: int) -> None:
    """Set `ended_at` to now in challenges that ended before that column existed."""
    undated = [challenge_id for (challenge_id,) in _UNDATED.run(connection, {"most": limit})]
    if undated:
        dated = update(Challenge).where(Challenge.id.in_(undated)).values(ended_at=now)
        connection.execute(dated)


def trim(connection: Connection, topics: Collection[str]) -> None:
    """Delete all events of these topics, which the caller has locked; raise the floors to the heads."""
    connection.execute(update(Topic).where(Topic.name.in_(topics)).values(floor=Topic.head))
    connection.execute(delete(EventRow).where(EventRow.topic.in_(topics)))


def trim_notifications(connection: Connection, appended_before: datetime, limit: int) -> int:
    """Delete the oldest events of users' topics that were appended before a time."""
    floors: dict[str, int] = {}
    for topic, seq in _NOTIFICATIONS.run(connection, {"before": appended_before, "most": limit}):
        floors[topic] = max(seq, floors.get(topic, 0))
    return _raise_floors(connection, floors)


def trim_sign_outs(connection: Connection, appended_before: datetime, limit: int) -> int:
    """Delete the oldest events of the topic `sessions` that were appended before a time."""
    oldest = _SIGN_OUTS.run(connection, {"most": limit})
    old = [seq for seq, _ in takewhile(lambda row: row[1] < appended_before, oldest)]
    return _raise_floors(connection, {sessions_topic(): old[-1]} if old else {})


def delete_challenges(connection: Connection, ended_before: datetime, limit: int) -> int:
    """Delete challenges that ended before a time, with their topics and all that refers to them."""
    free = _not_held(connection, _found(_ENDED_CHALLENGES, connection, ended_before, limit))
    if not free:
        return 0
    for model in _OF_CHALLENGES:
        connection.execute(delete(model).where(model.challenge_id.in_(free.values())))
    connection.execute(delete(EventRow).where(EventRow.topic.in_(free)))
    connection.execute(delete(Topic).where(Topic.name.in_(free)))
    connection.execute(delete(Challenge).where(Challenge.id.in_(free.values())))
    return len(free)


def delete_sessions(
    connection: Connection, ended_before: datetime, opened_before: datetime, limit: int
) -> int:
    """Delete sessions ended before a time, or opened before another: up to `limit` of each.

    That of a Django deployment's token is kept until the token has run out, though it has ended:
    the row is all that keeps the token from opening another one.
    """
    given = {"ended_before": ended_before, "opened_before": opened_before}
    return sum(old.delete(connection, limit, **given) for old in _OLD_SESSIONS)


def _found(
    ended: CompiledStatement, connection: Connection, ended_before: datetime, limit: int
) -> dict[str, int]:
    """Return the topics of challenges that ended before a time, with the ids of these."""
    rows = ended.run(connection, {"before": ended_before, "most": limit})
    return {challenge_topic(challenge_id): challenge_id for (challenge_id,) in rows}


def _not_held(connection: Connection, topics: Mapping[str, int]) -> dict[str, int]:
    """Lock those topics that exist; return all but those that another transaction holds."""
    if not topics:
        return {}
    existing = select(Topic.name).where(Topic.name.in_(topics)).order_by(Topic.name)
    locked = set(connection.scalars(existing.with_for_update(skip_locked=True)))
    held = set(connection.scalars(existing)) - locked
    return {topic: topics[topic] for topic in topics if topic not in held}


def _raise_floors(connection: Connection, floors: Mapping[str, int]) -> int:
    """Raise the floors of topics that no other transaction holds; delete the events up to them."""
    deleted = 0
    for topic, floor in _not_held(connection, floors).items():
        # Another worker that trimmed the same topic meanwhile may have raised its floor higher.
        lower = update(Topic).where(Topic.name == topic, Topic.floor < floor)
        connection.execute(lower.values(floor=floor))
        gone = delete(EventRow).where(EventRow.topic == topic, EventRow.seq <= floor)
        deleted += connection.execute(gone).rowcount
    return deleted
