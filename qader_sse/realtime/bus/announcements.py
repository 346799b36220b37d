"""How announcements travel through Redis: which channel, which bytes.

One message holds what one transaction appended to one topic. Topics are spread over a
fixed number of partitions, each a channel that every worker follows: one subscription
for good, instead of one that changes with every stream that comes or goes, and whose
confirmation would have to be awaited each time. The braces make Redis Cluster place a
partition by its number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self
from zlib import crc32

import orjson

from qader_sse.domain.events import Event

PARTITIONS = 16


@dataclass(frozen=True, slots=True)
class Announcement:
    """Events of one topic, in order; none at all says: some may have been lost, look at the log."""

    origin: str
    topic: str
    events: tuple[Event, ...]

    def encode(self) -> bytes:
        content = [(event.seq, event.type, event.fact) for event in self.events]
        return b"%b\n%b\n%b" % (self.origin.encode(), self.topic.encode(), orjson.dumps(content))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. Raises ValueError."""
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
        return crc32(self.topic.encode()) % PARTITIONS


def announcements(origin: str, events: Sequence[Event]) -> Iterator[Announcement]:
    """Split the events of one transaction, which stand together by topic, into messages."""
    for topic, group in groupby(events, key=lambda event: event.topic):
        yield Announcement(origin, topic, tuple(group))


def loss(origin: str) -> Announcement:
    """Tell everybody that announcements of this worker may have been lost."""
    return Announcement(origin, "", ())


def channel(namespace: str, partition: int) -> str:
    return f"qader:{namespace}:{{{partition}}}"
