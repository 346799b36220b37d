"""Presence: the users online at each worker, as the worker last recorded it; one row a worker."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from qader_sse.store import blocks
from qader_sse.store.dialect import upsert
from qader_sse.store.models import Presence, User


def record(connection: Connection, worker: str, user_ids: Collection[int], now: datetime) -> None:
    """Record the users online at this worker, in place of those it recorded before."""
    row = {"user_ids": sorted(user_ids), "seen_at": now}
    connection.execute(
        upsert(connection, Presence)
        .values(worker=worker, **row)
        .on_conflict_do_update(index_elements=["worker"], set_=row)
    )


def online_elsewhere(connection: Connection, worker: str, since: datetime) -> set[int]:
    """Return the users online at other workers; rows older than `since` do not count."""
    recorded = connection.scalars(
        select(Presence.user_ids).where(Presence.worker != worker, Presence.seen_at > since)
    )
    return {user_id for user_ids in recorded for user_id in user_ids}


def listed(connection: Connection, user_ids: Collection[int], viewer_id: int) -> set[int]:
    """Return those of these users whom this viewer may see in the list of who is online.

    Left out are those who do not want to be listed, and those where one has blocked the other: so
    whoever is missing may be away, unlisted, or either.
    """
    return set(
        connection.scalars(
            select(User.id).where(
                User.id.in_(user_ids),
                User.listed_online,
                User.disabled_at.is_(None),
                ~blocks.between(User.id, viewer_id),
            )
        )
    )


def forget(connection: Connection, before: datetime) -> int:
    """Delete the rows of workers that have recorded nothing since this time; return how many."""
    return connection.execute(delete(Presence).where(Presence.seen_at < before)).rowcount
