"""Announcements as Redis messages: a message holds what one transaction appended to one topic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

import orjson

from qader_sse.domain.events import Event
from qader_sse.realtime.bus.partitions import partition_of


@dataclass(frozen=True, slots=True)
class Announcement:
    """Events of one topic, in order; without any, it says that announcements may have been lost."""

    origin: str
    topic: str
    events: tuple[Event, ...]

    def encode(self) -> bytes:
        content = [(event.seq, event.type, event.fact) for event in self.events]
        return b"%b\n%b\n%b" % (self.origin.encode(), self.topic.encode(), orjson.dumps(content))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode what `encode` returned. Raises ValueError."""
        head, name, body = data.split(b"\n", 2)
        origin, topic = head.decode(), name.decode()
        try:
            events = tuple(
                [Event(topic, seq, kind, fact) for seq, kind, fact in orjson.loads(body)]
            )
        except TypeError:
            raise ValueError("not the content of an announcement") from None
        return cls(origin, topic, events)

    @property
    def partition(self) -> int:
        return partition_of(self.topic)


def announcements(origin: str, events: Sequence[Event]) -> Iterator[Announcement]:
    """Split the events of one transaction, in which those of a topic are adjacent, by topic."""
    for topic, group in groupby(events, key=lambda event: event.topic):
        yield Announcement(origin, topic, tuple(group))


def loss(origin: str) -> Announcement:
    """Return the message that announcements of this worker may have been lost."""
    return Announcement(origin, "", ())
