"""Deletes what has passed its retention: the events of challenges that ended long ago."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from qader_sse.domain.challenge import FINAL
from qader_sse.store.models import Challenge, EventRow, Topic


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


def trim(connection: Connection, topics: Collection[str]) -> set[str]:
    """Delete all events of these topics, and raise their floors to their heads.

    Returns the topics that were trimmed. One that another transaction holds is left out.
    """
    unlocked = (
        select(Topic.name)
        .where(Topic.name.in_(topics))
        .order_by(Topic.name)
        .with_for_update(skip_locked=True)
    )
    names = set(connection.scalars(unlocked))
    connection.execute(update(Topic).where(Topic.name.in_(names)).values(floor=Topic.head))
    connection.execute(delete(EventRow).where(EventRow.topic.in_(names)))
    return names
