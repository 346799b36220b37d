"""The event log: per topic, events 1, 2, 3 … without holes, written with the change they tell of.

`head` is the last number issued, `floor` the last one trimmed away: the log holds
floor + 1 … head.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from qader_sse.domain.events import Draft, Event
from qader_sse.store.models import EventRow, Topic

# One statement that makes the topic if it is new, moves its head, and holds its
# row until the transaction ends. The same text serves SQLite and PostgreSQL.
_ADVANCE = text(
    "INSERT INTO topics (name, head, floor) VALUES (:name, :count, 0)"
    " ON CONFLICT (name) DO UPDATE SET head = topics.head + excluded.head"
    " RETURNING head"
)
# SQLite allows 32,766 variables in a statement; a thousand keeps statements readable in logs.
_HEADS_PER_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a topic reaches: it holds floor + 1 … head."""

    head: int
    floor: int

    def can_serve(self, cursor: int) -> bool:
        """Say whether everything after the cursor is still in the log."""
        return self.floor <= cursor <= self.head


def lock(session: Session, topic: str) -> None:
    """Hold a topic's head row until the transaction ends; take it before reading what it guards.

    Several topics: always in the order creation, matchmaking, then the others sorted by name, as
    `append` does.
    """
    session.execute(_ADVANCE, {"name": topic, "count": 0})


def try_lock(session: Session, topic: str) -> bool:
    """Hold an existing topic's head row until the transaction ends, unless somebody else does.

    Never waits. On SQLite a write transaction has it already: there is one at a time. Raises
    NoResultFound where there is no such topic.
    """
    row = select(Topic.name).where(Topic.name == topic)
    if session.scalar(row.with_for_update(skip_locked=True)) is not None:
        return True
    session.execute(row).one()
    return False


def append(session: Session, drafts: Sequence[Draft], now: datetime) -> list[Event]:
    """Add events to their topics and return them with their numbers.

    A topic's head row stays locked until the transaction ends, so numbers follow
    commit order and a rollback leaves no hole. Topics are locked in sorted order,
    whatever order the drafts come in, so that two actions cannot wait for each other.
    """
    events: list[Event] = []
    by_topic = sorted(drafts, key=lambda draft: draft.topic)  # stable: order within a topic stays
    for topic, group in groupby(by_topic, key=lambda draft: draft.topic):
        of_topic = list(group)
        head = session.execute(_ADVANCE, {"name": topic, "count": len(of_topic)}).scalar_one()
        first = head - len(of_topic) + 1
        events += [
            Event(topic, seq, draft.type, draft.fact) for seq, draft in enumerate(of_topic, first)
        ]
    rows = [
        {"topic": e.topic, "seq": e.seq, "type": e.type, "fact": e.fact, "created_at": now}
        for e in events
    ]
    if rows:
        session.execute(insert(EventRow), rows)
    return events


def trim(session: Session, topics: Collection[str]) -> set[str]:
    """Delete all events of these topics and raise their floors to their heads.

    Returns the topics that were trimmed: one that somebody holds at this moment is passed over.
    """
    theirs = (
        select(Topic.name)
        .where(Topic.name.in_(topics))
        .order_by(Topic.name)
        .with_for_update(skip_locked=True)
    )
    names = set(session.scalars(theirs))
    session.execute(update(Topic).where(Topic.name.in_(names)).values(floor=Topic.head))
    session.execute(delete(EventRow).where(EventRow.topic.in_(names)))
    return names


def bounds(session: Session, topic: str) -> Bounds:
    row = session.execute(select(Topic.head, Topic.floor).where(Topic.name == topic)).first()
    return Bounds(head=row.head, floor=row.floor) if row else Bounds(head=0, floor=0)


def read(session: Session, topic: str, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events that follow number `after`, in order."""
    rows = session.execute(
        select(EventRow.seq, EventRow.type, EventRow.fact)
        .where(EventRow.topic == topic, EventRow.seq > after)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    return [Event(topic, row.seq, row.type, row.fact) for row in rows]


def heads(session: Session, topics: Iterable[str]) -> dict[str, int]:
    """Return the heads of these topics; one that has no event yet is left out."""
    names = list(topics)
    found: dict[str, int] = {}
    for start in range(0, len(names), _HEADS_PER_QUERY):
        some = names[start : start + _HEADS_PER_QUERY]
        rows = session.execute(select(Topic.name, Topic.head).where(Topic.name.in_(some)))
        found.update((row.name, row.head) for row in rows)
    return found
