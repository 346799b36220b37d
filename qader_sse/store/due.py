"""What time has come for: challenges to end, and logs of those that ended long ago."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select, update

from qader_sse.domain.challenge import FINAL
from qader_sse.store import models

# Asked every second, beside streams that wait meanwhile: made once.
_CHALLENGE = models.Challenge
_NEXT_DUE = (
    select(_CHALLENGE.id, _CHALLENGE.due_at)
    .where(
        _CHALLENGE.due_at.is_not(None),
        _CHALLENGE.id.not_in(bindparam("passing_over", expanding=True)),
    )
    .order_by(_CHALLENGE.due_at, _CHALLENGE.id)
    .limit(bindparam("most", type_=Integer))
)


def next_due(
    connection: Connection, limit: int, passing_over: Collection[int]
) -> list[tuple[int, datetime]]:
    """Return the challenges whose time runs out first, or has longest ago, and when."""
    given = {"passing_over": list(passing_over), "most": limit}
    return [(row.id, row.due_at) for row in connection.execute(_NEXT_DUE, given)]


def untrimmed(connection: Connection, ended_before: datetime, limit: int) -> Sequence[int]:
    """Return challenges that ended before then and whose events are still there, the oldest first."""
    challenge = models.Challenge
    return connection.scalars(
        select(challenge.id)
        .where(challenge.ended_at < ended_before, challenge.trimmed_at.is_(None))
        .order_by(challenge.ended_at)
        .limit(limit)
    ).all()


def date_endings(connection: Connection, now: datetime, limit: int) -> None:
    """Give those their time of end that have none: they ended before there was such a column."""
    challenge = models.Challenge
    undated = (
        select(challenge.id)
        .where(
            challenge.ended_at.is_(None),
            challenge.status.in_(FINAL),
            challenge.trimmed_at.is_(None),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(challenge).where(challenge.id.in_(undated)).values(ended_at=now))


def mark_trimmed(connection: Connection, challenge_ids: Collection[int], now: datetime) -> None:
    challenge = models.Challenge
    connection.execute(
        update(challenge).where(challenge.id.in_(challenge_ids)).values(trimmed_at=now)
    )
