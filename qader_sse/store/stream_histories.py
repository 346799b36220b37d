"""Reading what workers noted of their streams: one person's on a topic, and all that are open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from qader_sse.domain.delivery import StreamHistory, Written
from qader_sse.domain.stream_notes import CaughtUp, Stall
from qader_sse.store.models import User
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker

_COLUMNS = [
    column for column in StreamNote.__table__.columns if column.name not in ("user_id", "worker_id")
]
_OF_PERSON: Select[Any] = select(
    StreamNote.worker_id,
    *_COLUMNS,
    StreamWorker.node,
    StreamWorker.pid,
    StreamWorker.seen_at,
).join(StreamWorker, StreamWorker.id == StreamNote.worker_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedStreams:
    """Which open streams: those for which everything that is given holds."""

    user_id: int | None = None
    topic: str | None = None
    node: str | None = None
    transport: str | None = None


@dataclass(frozen=True, slots=True)
class OpenStream:
    """A stream on one topic that is open, or a client that polls it."""

    username: str
    topic: str
    transport: str
    node: str
    pid: int
    number: int
    session: str
    since: datetime
    request_id: str | None


def of_topic(
    connection: Connection, user_id: int, topic: str, now: datetime, away: timedelta
) -> list[StreamHistory]:
    """Return the streams of a person on a topic, in the order of their opening.

    A worker that has written nothing for as long as `away` is taken for one that has ended.
    """
    rows = connection.execute(
        _OF_PERSON.where(StreamNote.user_id == user_id, StreamNote.topic == topic).order_by(
            StreamNote.opened_at, StreamNote.number
        )
    ).all()
    of_workers: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        of_workers[row.worker_id].append(row)
    looks = {
        worker: _looks(
            connection,
            worker,
            min(row.opened_at for row in own),
            max(row.ended_at or row.seen_at for row in own),
        )
        for worker, own in of_workers.items()
    }
    return [
        _history(index, row, looks[row.worker_id], now - away) for index, row in enumerate(rows)
    ]


def open_now(
    connection: Connection, wanted: WantedStreams, seen_since: datetime
) -> list[OpenStream]:
    """Return the open streams of the workers that have written their notes since a moment."""
    conditions = {
        StreamNote.user_id: wanted.user_id,
        StreamNote.topic: wanted.topic,
        StreamNote.transport: wanted.transport,
        StreamWorker.node: wanted.node,
    }
    found = (
        select(
            User.username,
            StreamNote.topic,
            StreamNote.transport,
            StreamWorker.node,
            StreamWorker.pid,
            StreamNote.number,
            StreamNote.session,
            StreamNote.opened_at,
            StreamNote.request_id,
        )
        .join(StreamWorker, StreamWorker.id == StreamNote.worker_id)
        .join(User, User.id == StreamNote.user_id)
        .where(StreamNote.ended_at.is_(None), StreamWorker.seen_at >= seen_since)
        .where(*(column == value for column, value in conditions.items() if value is not None))
        .order_by(StreamWorker.node, StreamWorker.pid, StreamNote.number)
    )
    return [OpenStream(*row) for row in connection.execute(found)]


def _looks(
    connection: Connection, worker_id: str, since: datetime, until: datetime
) -> Sequence[Row[Any]]:
    """Return a worker's looks in a time, and the one after it."""
    return connection.execute(
        select(
            StreamLook.since, StreamLook.at, StreamLook.moves, StreamLook.remarks, StreamLook.lost
        )
        .where(StreamLook.worker_id == worker_id, StreamLook.at >= since, StreamLook.since <= until)
        .order_by(StreamLook.at)
    ).all()


def _history(
    index: int, row: Row[Any], looks: Sequence[Row[Any]], gone_since: datetime
) -> StreamHistory:
    until = row.ended_at or row.seen_at
    own = [look for look in looks if look.at >= row.opened_at and look.since <= until]
    fields = {column.name: getattr(row, column.name) for column in _COLUMNS}
    topic = fields.pop("topic")
    return StreamHistory(
        **fields,
        name=_name(index),
        node=row.node,
        pid=row.pid,
        seen_at=row.seen_at,
        is_worker_gone=row.ended_at is None and row.seen_at < gone_since,
        writes=tuple(_writes(row.number, own)),
        caught_up=tuple(
            CaughtUp(**found | {"at": _moment(found["at"])})
            for found in _remarks(own, "caught_up")
            if found["topic"] == topic
        ),
        stalls=tuple(
            Stall(_moment(stall["since"]), _moment(stall["until"]))
            for stall in _remarks(own, "stalls")
        ),
        lost_notes=sum(look.lost for look in own),
    )


def _writes(number: int, looks: Iterable[Row[Any]]) -> Iterable[Written]:
    for look in looks:
        for moved, after, seq, *since in look.moves:
            if moved == number:
                begin = _moment(since[0]) if since else look.since
                yield Written(after, seq, begin, look.at)


def _remarks(looks: Iterable[Row[Any]], kind: str) -> Iterable[dict[str, Any]]:
    for look in looks:
        yield from (look.remarks or {}).get(kind, ())


def _moment(text: str) -> datetime:
    """Read a moment as the notes have it, in JSON."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=found.tzinfo or UTC)


def _name(index: int) -> str:
    """Return A … Z, then A1 … Z1, and so on."""
    turn, letter = divmod(index, 26)
    return chr(ord("A") + letter) + (str(turn) if turn else "")
