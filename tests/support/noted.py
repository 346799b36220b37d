"""A stream, as the worker that has it notes it in the database."""

from datetime import datetime

from sqlalchemy import Connection

from qader_sse.domain.events import user_topic
from qader_sse.domain.stream_notes import Opening
from qader_sse.store import stream_notes
from qader_sse.store.stream_notes import Worker


def note_stream(connection: Connection, user_id: int, now: datetime) -> None:
    """Note that a person follows their notifications, within a transaction of the caller."""
    opening = Opening(
        number=1,
        user_id=user_id,
        session="a-session-id",
        topic=user_topic(user_id),
        transport="sse",
        mode="snapshot",
        after=None,
        head=0,
        opened_at=now,
    )
    stream_notes.record(connection, Worker("w", "a-node", 7), [opening], [], [], now)
