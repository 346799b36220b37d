"""The event log: for each topic the events 1, 2, 3 … without gaps.

Events are appended in the transaction of the change they describe. `head` is the last number
issued in a topic, `floor` the last one whose events were trimmed: the log holds floor + 1 … head.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    Connection,
    Integer,
    TextClause,
    bindparam,
    insert,
    select,
    text,
)

from qader_sse.domain.events import Draft, Event
from qader_sse.store.models import EventRow, Topic


@cache
def _advance(topics: int) -> TextClause:
    """Build the upsert that creates missing topics, advances their heads and locks their rows.

    The rows are locked in the order in which the topics are named. SQLite and PostgreSQL take the
    same text.
    """
    rows = ", ".join(f"(:name{n}, :count{n}, 0)" for n in range(topics))
    return text(
        f"INSERT INTO topics (name, head, floor) VALUES {rows}"  # noqa: S608  # placeholders only
        " ON CONFLICT (name) DO UPDATE SET head = topics.head + excluded.head"
        " RETURNING name, head"
    )


_LOCK = _advance(1)
_INSERT_EVENTS = insert(EventRow)
_BOUNDS = select(Topic.head, Topic.floor).where(Topic.name == bindparam("topic"))
_HEADS = select(Topic.name, Topic.head).where(Topic.name.in_(bindparam("topics", expanding=True)))
_READ = (
    select(EventRow.seq, EventRow.type, EventRow.fact)
    .where(EventRow.topic == bindparam("topic"), EventRow.seq > bindparam("after"))
    .order_by(EventRow.seq)
    .limit(bindparam("most", type_=Integer))
)


class Trimmed(Exception):
    """The events that follow a cursor were deleted from the log."""


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
    `append` does, so that two transactions cannot wait for each other.
    """
    head: int = connection.execute(_LOCK, {"name0": topic, "count0": 0}).one().head
    return head


def try_lock(connection: Connection, topic: str) -> int | None:
    """Lock an existing topic's row if no other transaction has; return its head, else None.

    Never waits. On SQLite it always succeeds, because there is one write transaction at a time.
    Raises NoResultFound if there is no such topic.
    """
    row = select(Topic.head).where(Topic.name == topic)
    head = connection.scalar(row.with_for_update(skip_locked=True))
    if head is None:
        connection.execute(row).one()
    return head


def append(connection: Connection, drafts: Sequence[Draft], now: datetime) -> list[Event]:
    """Append events to their topics, and return them with their sequence numbers.

    A topic's row stays locked until the transaction ends, so numbers follow the order of commits
    and a rollback leaves no gap. Topics are locked in sorted order, whatever the order of the
    drafts, so that two transactions cannot wait for each other.
    """
    if not drafts:
        return []
    counts = sorted(Counter(draft.topic for draft in drafts).items())
    named = {f"name{n}": topic for n, (topic, _) in enumerate(counts)}
    counted = {f"count{n}": count for n, (_, count) in enumerate(counts)}
    advanced = connection.execute(_advance(len(counts)), named | counted)
    heads = {row.name: row.head for row in advanced}
    last = {topic: heads[topic] - count for topic, count in counts}
    events: list[Event] = []
    for draft in sorted(
        drafts, key=lambda draft: draft.topic
    ):  # stable: keeps the order within a topic
        last[draft.topic] += 1
        events.append(Event(draft.topic, last[draft.topic], draft.type, draft.fact))
    connection.execute(
        _INSERT_EVENTS,
        [
            {"topic": e.topic, "seq": e.seq, "type": e.type, "fact": e.fact, "created_at": now}
            for e in events
        ],
    )
    return events


def bounds(connection: Connection, topic: str) -> Bounds:
    row = connection.execute(_BOUNDS, {"topic": topic}).first()
    return Bounds(head=row.head, floor=row.floor) if row else Bounds(head=0, floor=0)


def read(connection: Connection, topic: str, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events whose sequence numbers follow `after`, in order.

    Raises Trimmed if there are later events, but not the next one.
    """
    rows = connection.execute(_READ, {"topic": topic, "after": after, "most": limit}).all()
    if rows and rows[0].seq != after + 1:
        raise Trimmed
    return [Event(topic, row.seq, row.type, row.fact) for row in rows]


def heads(connection: Connection, topics: Iterable[str]) -> dict[str, int]:
    """Return the heads of these topics, at most a thousand; topics without events are left out."""
    rows = connection.execute(_HEADS, {"topics": list(topics)})
    return {row.name: row.head for row in rows}
