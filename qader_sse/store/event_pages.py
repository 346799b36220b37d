"""Pages of the event log, as streams read them."""

import orjson
from sqlalchemy import Connection, Integer, Text, bindparam, cast, select

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import is_seen_as_written
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import seconds
from qader_sse.store.models import EventRow

# Facts as text and moments as numbers, so that nothing of a row is converted: whole pages are passed
# on when thousands of clients come back at once.
_READ = CompiledStatement(
    lambda dialect: (
        select(
            EventRow.seq,
            EventRow.type,
            cast(EventRow.fact, Text),
            seconds(dialect, EventRow.created_at),
        )
        .where(EventRow.topic == bindparam("topic"), EventRow.seq > bindparam("after"))
        .order_by(EventRow.seq)
        .limit(bindparam("most", type_=Integer))
    )
)


class Trimmed(Exception):
    """The events that follow a cursor were deleted from the log, or the database has lost them."""


def read(connection: Connection, topic: str, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events whose sequence numbers follow `after`, in order.

    Raises Trimmed if there are later events, but the next one is missing.
    """
    wanted = {"topic": topic, "after": after, "most": limit}
    rows = _READ.run(connection, wanted)
    if rows and rows[0][0] != after + 1:
        raise Trimmed
    return [
        Event(
            topic,
            seq,
            kind,
            UnreadFact(written.encode())
            if is_seen_as_written(kind, written)
            else orjson.loads(written),
            committed_at,
        )
        for seq, kind, written, committed_at in rows
    ]
