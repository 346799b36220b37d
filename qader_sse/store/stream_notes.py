"""What workers note of their streams: written in batches, and deleted with the log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)

from qader_sse.domain import usernames
from qader_sse.domain.events import USER_PREFIX
from qader_sse.domain.stream_notes import CaughtUp, Ending, Look, Opening, Stall
from qader_sse.extensions import Base
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import Upsert, one_of, upsert
from qader_sse.store.models import EventRow, User
from qader_sse.store.oldest_rows import OldestRows
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker

# What is written of an opening; a refusal has ended already.
_OPENED = (
    *("worker_id", "number", "user_id", "session", "topic", "transport", "mode", "after", "head"),
    *("request_id", "attempts", "opened_at", "ended_at", "reason"),
)
_ENDED = (
    *("ended_at", "reason", "frames", "written", "taken", "looked_at", "noted", "errors"),
    "acknowledged",
)


def _new(dialect: str, model: type[Base], names: Iterable[str]) -> Upsert:
    """Begin the insert of a row, for the parameters of `_given`."""
    columns = model.__table__.c
    return upsert(dialect, model).values(
        {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    )


def _note_worker(dialect: str) -> Upsert:
    new = _new(dialect, StreamWorker, StreamWorker.__table__.c.keys())
    known = {column: new.excluded[column] for column in ("node", "pid", "seen_at")}
    return new.on_conflict_do_update(index_elements=["id"], set_=known)


def _note_opening(dialect: str) -> Upsert:
    """Build what inserts openings and, of refusals that are known, updates the attempts."""
    new = _new(dialect, StreamNote, _OPENED)
    return new.on_conflict_do_update(
        index_elements=["worker_id", "number"],
        set_={"ended_at": new.excluded.ended_at, "attempts": new.excluded.attempts},
        where=StreamNote.attempts < new.excluded.attempts,
    )


def _note_look(dialect: str) -> Upsert:
    return _new(dialect, StreamLook, StreamLook.__table__.c.keys()).on_conflict_do_nothing()


_WORKER, _OPENING, _LOOK = map(CompiledStatement, (_note_worker, _note_opening, _note_look))
_END = CompiledStatement(
    update(StreamNote)
    .where(
        StreamNote.worker_id == bindparam("of_worker"), StreamNote.number == bindparam("of_number")
    )
    .values({name: bindparam(f"new_{name}") for name in _ENDED})
)
_ERASED = CompiledStatement(
    lambda dialect: select(User.id).where(one_of(dialect, User.username_key, "names"))
)
_IS_OF_USERS = StreamNote.topic.startswith(USER_PREFIX)
_IS_OLD = or_(
    and_(_IS_OF_USERS, StreamNote.opened_at < bindparam("notifications_before")),
    and_(
        ~_IS_OF_USERS,
        StreamNote.opened_at < bindparam("log_before"),
        ~exists().where(EventRow.topic == StreamNote.topic),
    ),
)
# By the later of the two times, which an index finds.
_OLD = OldestRows(
    StreamNote, (StreamNote.opened_at < bindparam("before")) & _IS_OLD, StreamNote.opened_at
)
_OLD_LOOKS = OldestRows(StreamLook, StreamLook.at < bindparam("before"), StreamLook.at)
_LEFT_OVER = OldestRows(
    StreamWorker,
    and_(
        StreamWorker.seen_at < bindparam("before"),
        ~exists().where(StreamLook.worker_id == StreamWorker.id),
        ~exists().where(StreamNote.worker_id == StreamWorker.id),
    ),
    StreamWorker.seen_at,
)
# The names of the fields of each kind of note, and what reads all of them by one call.
_READING: dict[type[Any], tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]] = {
    kind: (names, attrgetter(*names))
    for kind in (Opening, Ending, CaughtUp, Stall)
    for names in [tuple(field.name for field in fields(kind))]
}


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
    row = {"id": worker.id, "node": worker.node, "pid": worker.pid, "seen_at": now}
    _WORKER.run(connection, _given(row))
    if opened := [_opened(worker, opening) for opening in openings]:
        _OPENING.run(connection, *map(_given, opened))
        _forget_erased(connection, {row["user_id"] for row in opened})
    if ended := [_ended(worker, ending) for ending in endings]:
        _END.run(connection, *ended)
    if looked := [_looked(worker, look) for look in looks]:
        _LOOK.run(connection, *map(_given, looked))


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
    rows = _ERASED.run(connection, {"names": names})
    if erased := [user_id for (user_id,) in rows]:
        connection.execute(delete(StreamNote).where(StreamNote.user_id.in_(erased)))


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items()}


def _opened(worker: Worker, opening: Opening) -> dict[str, Any]:
    row = _fields(opening) | {"worker_id": worker.id, "ended_at": opening.refused_until}
    del row["refused_until"]
    return row


def _ended(worker: Worker, ending: Ending) -> dict[str, Any]:
    return _given(_fields(ending)) | {"of_worker": worker.id, "of_number": ending.number}


def _fields(note: Opening | Ending | CaughtUp | Stall) -> dict[str, Any]:
    # Not `asdict`, which makes deep copies: that took half of the time in which these are written.
    names, values = _READING[type(note)]
    return dict(zip(names, values(note), strict=True))


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
