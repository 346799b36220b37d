"""Events as operators read them: when they were appended, and what caused them."""

from sqlalchemy import Connection, select

from qader_sse.domain.delivery import LoggedEvent
from qader_sse.domain.facts import Fact
from qader_sse.store.models import EventRow

_HEADER = (EventRow.seq, EventRow.type, EventRow.created_at, EventRow.request_id)


def headers(connection: Connection, topic: str) -> list[LoggedEvent]:
    """Return all events of a topic that the log has, without what they say."""
    rows = connection.execute(
        select(*_HEADER).where(EventRow.topic == topic).order_by(EventRow.seq)
    )
    return [LoggedEvent(*row) for row in rows]


def after(
    connection: Connection, topic: str, cursor: int, limit: int
) -> list[tuple[LoggedEvent, Fact]]:
    """Return the next events of a topic after a number, with what they say."""
    rows = connection.execute(
        select(EventRow.fact, *_HEADER)
        .where(EventRow.topic == topic, EventRow.seq > cursor)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    return [(LoggedEvent(*header), fact) for fact, *header in rows]
