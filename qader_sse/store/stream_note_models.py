"""The tables of what workers note of their streams."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.domain.stream_notes import SESSION_PREFIX
from qader_sse.extensions import Base
from qader_sse.store.challenge_indexes import partial_index
from qader_sse.store.column_types import UtcDateTime


class StreamWorker(Base):
    """A worker that has held streams, and when it last wrote what it had noted."""

    __tablename__ = "stream_workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StreamNote(Base):
    """A stream of one person on one topic; or attempts to open one that were refused."""

    __tablename__ = "stream_notes"
    __table_args__ = (
        # What a person had of a topic, and all of a person.
        Index("ix_stream_notes_user_id", "user_id", "topic"),
        # Who is connected now: few rows of many.
        partial_index("ix_stream_notes_open", "worker_id", where="ended_at IS NULL"),
    )

    worker_id: Mapped[str] = mapped_column(ForeignKey("stream_workers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session: Mapped[str] = mapped_column(String(SESSION_PREFIX))
    topic: Mapped[str] = mapped_column(String(100))
    transport: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    after: Mapped[int | None] = mapped_column(BigInteger)
    head: Mapped[int] = mapped_column(BigInteger)
    request_id: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(32))
    frames: Mapped[int | None] = mapped_column(Integer)
    written: Mapped[int | None] = mapped_column(BigInteger)
    taken: Mapped[int | None] = mapped_column(BigInteger)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    noted: Mapped[int | None] = mapped_column(BigInteger)
    errors: Mapped[int | None] = mapped_column(Integer)
    acknowledged: Mapped[int | None] = mapped_column(BigInteger)


class StreamLook(Base):
    """What a worker found in one look at its streams: one row for all that had moved, or some hundreds.

    A row for each stream would be eight times as large, and as many rows as events.
    """

    __tablename__ = "stream_looks"

    worker_id: Mapped[str] = mapped_column(ForeignKey("stream_workers.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    moves: Mapped[list[Any]] = mapped_column(JSON)
    # Announcements that did not come, times in which the worker stood still.
    remarks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    lost: Mapped[int] = mapped_column(Integer)
