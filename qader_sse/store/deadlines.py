"""Challenges by time: those whose deadline comes next, and those whose events can be trimmed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select, update

from qader_sse.domain.challenge import FINAL
from qader_sse.store.models import Challenge

# Built once: every worker sends this each second, and streams wait while it is built.
_NEXT_DUE = (
    select(Challenge.id, Challenge.due_at)
    .where(
        Challenge.due_at.is_not(None),
        Challenge.id.not_in(bindparam("passing_over", expanding=True)),
    )
    .order_by(Challenge.due_at, Challenge.id)
    .limit(bindparam("most", type_=Integer))
)


def next_due(
    connection: Connection, limit: int, passing_over: Collection[int]
) -> list[tuple[int, datetime]]:
    """Return the ids and deadlines of challenges, the earliest deadline first."""
    given = {"passing_over": list(passing_over), "most": limit}
    return [(row.id, row.due_at) for row in connection.execute(_NEXT_DUE, given)]


def untrimmed(connection: Connection, ended_before: datetime, limit: int) -> Sequence[int]:
    """Return challenges that ended before a time and still have events, the earliest end first."""
    return connection.scalars(
        select(Challenge.id)
        .where(Challenge.ended_at < ended_before, Challenge.trimmed_at.is_(None))
        .order_by(Challenge.ended_at)
        .limit(limit)
    ).all()


def date_endings(connection: Connection, now: datetime, limit: int) -> None:
    """Set the end of challenges that ended before the column `ended_at` existed."""
    undated = (
        select(Challenge.id)
        .where(
            Challenge.ended_at.is_(None),
            Challenge.status.in_(FINAL),
            Challenge.trimmed_at.is_(None),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(Challenge).where(Challenge.id.in_(undated)).values(ended_at=now))


def mark_trimmed(connection: Connection, challenge_ids: Collection[int], now: datetime) -> None:
    connection.execute(
        update(Challenge).where(Challenge.id.in_(challenge_ids)).values(trimmed_at=now)
    )
