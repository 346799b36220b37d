"""Announcements as Redis messages: a message holds what one transaction appended to one topic.

Its first line names the worker, says when the transaction was committed, within which span if it is
traced, and how it changed the challenge whose topic it is, if it did. Workers of earlier versions take
all of that line for a name, and theirs is a name alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Self

import orjson

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.partitions import partition_of

_NONE = Event("", 0, "", {})


@dataclass(frozen=True, slots=True)
class Announcement:
    """Events of one topic, in order; without any, it says that announcements may have been lost."""

    origin: str
    topic: str
    events: tuple[Event, ...]

    def encode(self) -> bytes:
        content = [(event.seq, event.type, event.fact) for event in self.events]
        first = self.events[0] if self.events else _NONE
        said = f"{self.origin} {first.committed_at:.6f} {first.trace} {first.change}".rstrip()
        head = f"{said}\n{self.topic}\n"
        return head.encode() + orjson.dumps(content)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode what `encode` returned. Raises ValueError."""
        head, name, body = data.split(b"\n", 2)
        origin, *said = str(head, "utf-8").split(" ", 3)
        topic, committed_at = str(name, "utf-8"), float(said[0]) if said else 0.0
        trace = said[1] if said[1:] else ""
        change = said[2] if said[2:] else ""
        try:
            events = tuple(
                [
                    Event(topic, seq, kind, fact, committed_at, trace, "" if place else change)
                    for place, (seq, kind, fact) in enumerate(orjson.loads(body))
                ]
            )
        except TypeError:
            raise ValueError("not the content of an announcement") from None
        return cls(origin, topic, events)

    @property
    def partition(self) -> int:
        return partition_of(self.topic)


def by_topic(events: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """Split the events of one transaction, in which those of a topic are adjacent, by topic."""
    for _, group in groupby(events, key=attrgetter("topic")):
        yield tuple(group)


def announcements(origin: str, events: Sequence[Event]) -> list[Announcement]:
    """Return the announcements of one transaction, one for each topic."""
    return [Announcement(origin, group[0].topic, group) for group in by_topic(events)]


def loss(origin: str) -> Announcement:
    """Return the message that announcements of this worker may have been lost."""
    return Announcement(origin, "", ())
