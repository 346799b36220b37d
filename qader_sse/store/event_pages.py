"""Pages of the event log, as streams read them."""

from sqlalchemy import Connection, Integer, bindparam, select

from qader_sse.domain.events import Event
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.models import EventRow

_READ = CompiledStatement(
    select(EventRow.seq, EventRow.type, EventRow.fact, EventRow.created_at)
    .where(EventRow.topic == bindparam("topic"), EventRow.seq > bindparam("after"))
    .order_by(EventRow.seq)
    .limit(bindparam("most", type_=Integer))
)


class Trimmed(Exception):
    """The events that follow a cursor were deleted from the log, or the database has lost them."""


def read(connection: Connection, topic: str, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events whose sequence numbers follow `after`, in order.

    Raises Trimmed if there are later events, but the next one is missing.
    """
    rows = _READ.run(connection, {"topic": topic, "after": after, "most": limit})
    if rows and rows[0][0] != after + 1:
        raise Trimmed
    return [Event(topic, seq, kind, fact, at.timestamp()) for seq, kind, fact, at in rows]
