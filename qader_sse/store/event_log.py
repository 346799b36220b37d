"""The event log: for each topic the events 1, 2, 3 … without gaps.

Events are appended in the transaction of the change they describe. `head` is the last number
issued in a topic, `floor` the last one whose events were trimmed: the log holds floor + 1 … head.
Numbers leap only when the database has lost commits, see `event_log_origin`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    bindparam,
    column,
    func,
    outerjoin,
    select,
    text,
)

from qader_sse.domain.events import Draft, Event
from qader_sse.store import compare_and_set, event_log_origin, row_changes
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import one_of
from qader_sse.store.event_log_origin import EventLogOrigin
from qader_sse.store.models import EventRow, Topic
from qader_sse.store.row_changes import RowChange


@cache
def _advance(topics: int) -> CompiledStatement:
    """Build the upsert that creates missing topics, advances their heads and locks their rows.

    The rows are locked in the order in which the topics are named. `excluded.floor` is the base.
    """
    base = "(SELECT base FROM event_log_origin)"
    rows = ", ".join(f"(:name{n}, :count{n} + {base}, {base})" for n in range(topics))
    head, floor = (
        f"CASE WHEN topics.{it} > excluded.floor THEN topics.{it} ELSE excluded.floor END"
        for it in ("head", "floor")
    )
    upsert = (
        f"INSERT INTO topics (name, head, floor) VALUES {rows}"  # noqa: S608 # nosec  # placeholders only
        f" ON CONFLICT (name) DO UPDATE SET floor = {floor},"
        f" head = {head} + excluded.head - excluded.floor"
        " RETURNING name, head, (SELECT identity FROM event_log_origin) AS recorded"
    )
    names = ("name", "head", "recorded", "present", "written", "started")
    return CompiledStatement(
        lambda dialect: text(f"{upsert}, {event_log_origin.present_columns(dialect)}").columns(
            *map(column, names)
        )
    )


_HEAD, _FLOOR = (event_log_origin.at_least_base(its) for its in (Topic.head, Topic.floor))
_NAMED = Topic.name.in_(bindparam("topics", expanding=True))
_EXISTING = select(Topic.name).where(_NAMED)
_TRY_LOCK = (
    select(Topic.name, _HEAD.label("head"))
    .where(_NAMED)
    .with_for_update(skip_locked=True, of=Topic)
)
# Joined to the origin, which has one row, so that a missing topic gives a result row as well.
_BOUNDS = CompiledStatement(
    select(_HEAD, _FLOOR).select_from(
        outerjoin(EventLogOrigin, Topic, Topic.name == bindparam("topic"))
    )
)
_HEADS = CompiledStatement(
    lambda dialect: select(EventLogOrigin.base, Topic.name, _HEAD).select_from(
        outerjoin(EventLogOrigin, Topic, one_of(dialect, Topic.name, "topics"))
    )
)
_OLDEST_OF_NEWEST: Select[Any] = select(func.min(column("seq"))).select_from(
    select(EventRow.seq)
    .where(EventRow.topic == bindparam("topic"))
    .order_by(EventRow.seq.desc())
    .limit(bindparam("most", type_=Integer))
    .subquery()
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The head and the floor of a topic: the log holds floor + 1 … head."""

    head: int
    floor: int

    def can_serve(self, cursor: int) -> bool:
        """Return whether the log has every event after the cursor."""
        return self.floor <= cursor <= self.head


def lock(connection: Connection, topic: str) -> int:
    """Lock a topic's row until the transaction ends, and return the topic's head.

    Lock before reading what the topic guards: that is unchanged as long as the head is. Several
    topics are locked in the order creation, matchmaking, then all others sorted by name, as
    `append` does, so that two transactions cannot wait for each other. There is one exception: a
    transaction that has locked a challenge may lock matchmaking after it, unless the challenge is an
    open search. Whoever holds the lock of matchmaking waits for open searches only.
    """
    return _advanced(connection, [(topic, 0)])[topic]


def lock_all(connection: Connection, topics: Iterable[str]) -> None:
    """Lock several topics by one statement, in sorted order, see `lock`."""
    _advanced(connection, [(topic, 0) for topic in sorted(topics)])


def try_lock(connection: Connection, topics: Collection[str]) -> dict[str, int]:
    """Lock those of these topics that no other transaction has locked; return their heads.

    Never waits. On SQLite it locks all, because there is one write transaction at a time. Raises
    LookupError if there is no such topic.
    """
    named = {"topics": list(topics)}
    heads: dict[str, int] = {row.name: row.head for row in connection.execute(_TRY_LOCK, named)}
    if len(heads) < len(topics):
        missing = set(topics).difference(connection.scalars(_EXISTING, named))
        if missing:
            raise LookupError(f"no topic {', '.join(sorted(missing))}")
    return heads


def append(
    connection: Connection,
    drafts: Sequence[Draft],
    changes: Collection[Sequence[RowChange]],
    now: datetime,
    cause: str | None,
) -> list[Event]:
    """Append events to their topics, and return them with their sequence numbers.

    `changes` are written with them, each the rows of one. A topic's row stays locked until the
    transaction ends, so numbers follow the order of commits and a rollback leaves no gap. Topics are
    locked in sorted order, whatever the order of the drafts, so that two transactions cannot wait for
    each other.
    """
    if not drafts:
        return []
    counts = sorted(Counter(draft.topic for draft in drafts).items())
    heads = _advanced(connection, counts)
    events = _numbered(drafts, {topic: heads[topic] - count for topic, count in counts})
    rows = [*chain.from_iterable(changes), *_rows(events, now, cause)]
    write = row_changes.write if len(changes) > 1 else row_changes.write_together
    write(connection, rows)
    return events


def append_at(
    connection: Connection,
    topic: str,
    head: int,
    drafts: Sequence[Draft],
    changes: Sequence[RowChange],
    now: datetime,
    cause: str | None,
) -> list[Event]:
    """Append events to one topic, and change rows, if the topic's head is still this one.

    Else nothing is written, and no event is returned. No lock is to be taken before.
    """
    events = _numbered(drafts, {topic: head})
    rows = [*changes, *_rows(events, now, cause)]
    is_written = compare_and_set.run(connection, topic, head, len(events), rows)
    return events if is_written else []


def bounds(connection: Connection, topic: str) -> Bounds:
    ((head, floor),) = _BOUNDS.run(connection, {"topic": topic})
    return Bounds(head, floor)


def heads(connection: Connection, topics: Iterable[str]) -> dict[str, int]:
    """Return the heads of up to a thousand topics; those at 0 are left out."""
    names = list(topics)
    rows = _HEADS.run(connection, {"topics": names})
    base = rows[0][0]
    found = dict.fromkeys(names, base) | {name: head for _, name, head in rows if name}
    return {name: head for name, head in found.items() if head}


def before_newest(connection: Connection, topic: str, count: int) -> int | None:
    """Return the cursor before the newest `count` events of a topic, or before all if it has fewer.

    Returns None if it has none.
    """
    oldest = connection.scalar(_OLDEST_OF_NEWEST, {"topic": topic, "most": count})
    return None if oldest is None else oldest - 1


def _advanced(connection: Connection, counts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Advance the heads of topics by these counts; return the new heads. Raises OriginChanged."""
    named = {f"name{n}": topic for n, (topic, _) in enumerate(counts)}
    counted = {f"count{n}": count for n, (_, count) in enumerate(counts)}
    statement = _advance(len(counts))
    seen = event_log_origin.seen(connection)
    started = seen.started  # now: a loss of commits may be noticed while the answer is awaited
    rows = statement.run(connection, named | counted)
    event_log_origin.require(seen, started, *rows[0][2:])
    return {name: head for name, head, *_ in rows}


def _numbered(drafts: Sequence[Draft], last: dict[str, int]) -> list[Event]:
    """Return the events that follow the last ones of their topics."""
    events: list[Event] = []
    # Sorting is stable: it keeps the order within a topic.
    for draft in sorted(drafts, key=lambda draft: draft.topic):
        last[draft.topic] += 1
        events.append(Event(draft.topic, last[draft.topic], draft.type, draft.fact))
    return events


def _rows(events: Iterable[Event], now: datetime, cause: str | None) -> list[RowChange]:
    return [
        RowChange(
            EventRow,
            {
                "topic": event.topic,
                "seq": event.seq,
                "type": event.type,
                "fact": event.fact,
                "created_at": now,
                "request_id": cause,
            },
        )
        for event in events
    ]
