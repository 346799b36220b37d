"""Who is there, as each worker last noted it: one row a worker, however many people."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from qader_sse.store.dialect import upsert
from qader_sse.store.models import Presence


def note(connection: Connection, worker: str, user_ids: Collection[int], now: datetime) -> None:
    """Note who is there at this worker, in place of what it noted before."""
    noted = {"user_ids": sorted(user_ids), "seen_at": now}
    connection.execute(
        upsert(connection, Presence)
        .values(worker=worker, **noted)
        .on_conflict_do_update(index_elements=["worker"], set_=noted)
    )


def elsewhere(connection: Connection, worker: str, since: datetime) -> set[int]:
    """Return who is there at other workers; those that noted nothing since then are gone."""
    noted = connection.scalars(
        select(Presence.user_ids).where(Presence.worker != worker, Presence.seen_at > since)
    )
    return {user_id for user_ids in noted for user_id in user_ids}


def forget(connection: Connection, before: datetime) -> None:
    """Delete the rows of workers that noted nothing since then."""
    connection.execute(delete(Presence).where(Presence.seen_at < before))
