"""What time has come for: challenges to end, and logs of those that ended long ago."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from qader_sse.domain.challenge import FINAL
from qader_sse.store import models


def overdue(
    connection: Connection, now: datetime, limit: int, passing_over: Collection[int]
) -> list[tuple[int, datetime]]:
    """Return challenges whose time has run out and when it did, the longest overdue first."""
    challenge = models.Challenge
    rows = connection.execute(
        select(challenge.id, challenge.due_at)
        .where(challenge.due_at <= now, challenge.id.not_in(passing_over))
        .order_by(challenge.due_at, challenge.id)
        .limit(limit)
    )
    return [(row.id, row.due_at) for row in rows]


def next_due_at(connection: Connection, passing_over: Collection[int]) -> datetime | None:
    """Return when the time of the next challenge runs out, of those not passed over."""
    due_at = models.Challenge.due_at
    return connection.scalar(
        select(due_at)
        .where(due_at.is_not(None), models.Challenge.id.not_in(passing_over))
        .order_by(due_at)
        .limit(1)
    )


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
