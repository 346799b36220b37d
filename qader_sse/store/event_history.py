"""The events of a topic as operators read them, with what the log knows of each."""

from sqlalchemy import Connection, select

from qader_sse.domain.duel_replay import LoggedEvent
from qader_sse.store.models import EventRow


def read(connection: Connection, topic: str) -> list[LoggedEvent]:
    """Return all events of a topic that the log still has."""
    rows = connection.execute(
        select(EventRow.seq, EventRow.type, EventRow.fact, EventRow.created_at, EventRow.request_id)
        .where(EventRow.topic == topic)
        .order_by(EventRow.seq)
    )
    return [LoggedEvent(*row) for row in rows]
