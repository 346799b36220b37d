"""What workers note of their streams: written in batches, and deleted with the log."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    and_,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy import bindparam as given
from sqlalchemy.dialects import postgresql, sqlite

from qader_sse.domain import usernames
from qader_sse.domain.events import USER_PREFIX
from qader_sse.domain.stream_notes import CaughtUp, Ending, Look, Opening, Stall
from qader_sse.extensions import Base
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import upsert
from qader_sse.store.models import EventRow, User
from qader_sse.store.oldest_rows import OldestRows
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker

_ENDING = ("ended_at", "reason", "frames", "written", "taken", "looked_at", "noted", "errors")
_END = (
    update(StreamNote)
    .where(StreamNote.worker_id == given("of_worker"), StreamNote.number == given("of_number"))
    .values({name: given(name) for name in (*_ENDING, "acknowledged")})
)
_IS_OF_USERS = StreamNote.topic.startswith(USER_PREFIX)
_IS_OLD = or_(
    and_(_IS_OF_USERS, StreamNote.opened_at < given("notifications_before")),
    and_(
        ~_IS_OF_USERS,
        StreamNote.opened_at < given("log_before"),
        ~exists().where(EventRow.topic == StreamNote.topic),
    ),
)
# By the later of the two times, which an index finds.
_OLD = OldestRows(
    StreamNote, (StreamNote.opened_at < given("before")) & _IS_OLD, StreamNote.opened_at
)
_OLD_LOOKS = OldestRows(StreamLook, StreamLook.at < given("before"), StreamLook.at)
_LEFT_OVER = OldestRows(
    StreamWorker,
    and_(
        StreamWorker.seen_at < given("before"),
        ~exists().where(StreamLook.worker_id == StreamWorker.id),
        ~exists().where(StreamNote.worker_id == StreamWorker.id),
    ),
    StreamWorker.seen_at,
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, and where it runs."""

    id: str
    node: str
    pid: int


def record(
    connection: Connection,
    worker: Worker,
    openings: Iterable[Opening],
    endings: Iterable[Ending],
    looks: Iterable[Look],
    now: datetime,
) -> None:
    """Write what a worker has noted; to write the same once more changes nothing."""
    dialect = connection.dialect.name
    row = {"id": worker.id, "node": worker.node, "pid": worker.pid, "seen_at": now}
    _seen(dialect).run(connection, _given(row))
    if opened := [_opened(worker, opening) for opening in openings]:
        connection.execute(_opening(connection), opened)
        _forget_erased(connection, {row["user_id"] for row in opened})
    if ended := [_ended(worker, ending) for ending in endings]:
        connection.execute(_END, ended)
    if looked := [_looked(worker, look) for look in looks]:
        _look(dialect).run(connection, *map(_given, looked))


def delete_old(
    connection: Connection, log_before: datetime, notifications_before: datetime, limit: int
) -> int:
    """Delete the notes of streams whose topic has no event left from their time."""
    both = {"log_before": log_before, "notifications_before": notifications_before}
    return _OLD.delete(connection, limit, before=max(both.values()), **both)


def delete_old_looks(connection: Connection, before: datetime, limit: int) -> int:
    """Delete looks from before a time; and workers from before it of which nothing is left."""
    return sum(old.delete(connection, limit, before=before) for old in (_OLD_LOOKS, _LEFT_OVER))


def _forget_erased(connection: Connection, user_ids: Iterable[int]) -> None:
    """Delete what is noted of people who were erased while their worker still held it.

    To be called after the notes were written, which waits for an erasure that is under way.
    """
    names = [usernames.of_erased(user_id) for user_id in user_ids]
    erased = connection.scalars(select(User.id).where(User.username_key.in_(names))).all()
    if erased:
        connection.execute(delete(StreamNote).where(StreamNote.user_id.in_(erased)))


@cache
def _seen(dialect: str) -> CompiledStatement:
    new = _new(dialect, StreamWorker)
    known = {column: new.excluded[column] for column in ("node", "pid", "seen_at")}
    return CompiledStatement(new.on_conflict_do_update(index_elements=["id"], set_=known))


@cache
def _look(dialect: str) -> CompiledStatement:
    return CompiledStatement(_new(dialect, StreamLook).on_conflict_do_nothing())


def _new(dialect: str, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    columns = model.__table__.c
    return upsert(dialect, model).values(
        {c.name: given(f"new_{c.name}", type_=c.type) for c in columns}
    )


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items()}


def _opening(connection: Connection) -> Insert:
    """Return what inserts openings; of refusals that are known, the attempts that followed."""
    new = upsert(connection.dialect.name, StreamNote)
    return new.on_conflict_do_update(
        index_elements=["worker_id", "number"],
        set_={"ended_at": new.excluded.ended_at, "attempts": new.excluded.attempts},
        where=StreamNote.attempts < new.excluded.attempts,
    )


def _opened(worker: Worker, opening: Opening) -> dict[str, Any]:
    row = _fields(opening) | {"worker_id": worker.id, "ended_at": opening.refused_until}
    del row["refused_until"]
    return row


def _ended(worker: Worker, ending: Ending) -> dict[str, Any]:
    row = _fields(ending) | {"of_worker": worker.id, "of_number": ending.number}
    del row["number"]
    return row


def _fields(note: Opening | Ending | CaughtUp | Stall) -> dict[str, Any]:
    # Not `asdict`, which makes deep copies: that took half of the time in which these are written.
    return {field.name: getattr(note, field.name) for field in fields(note)}


def _looked(worker: Worker, look: Look) -> dict[str, Any]:
    remarks = {
        "caught_up": [_fields(found) for found in look.caught_up],
        "stalls": [_fields(stall) for stall in look.stalls],
    }
    return {
        "worker_id": worker.id,
        "at": look.at,
        "since": look.since,
        "moves": look.moves,
        "remarks": remarks if any(remarks.values()) else None,
        "lost": look.lost,
    }
