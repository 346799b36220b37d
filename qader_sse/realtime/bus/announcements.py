"""Announcements as Redis messages: a message holds what one transaction appended to one topic.

Its first line names the worker, says when the transaction was committed, within which span if it is
traced, and how it changed the challenge that the topic belongs to, if it did. Workers of earlier
versions take all of that line for a name, and theirs is a name alone.

Then come the topic, and a list in JSON in which each event has a line of its own. So an event that all
viewers receive alike can be passed on to them unread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import orjson

from qader_sse.domain.events import Event
from qader_sse.domain.facts import Fact
from qader_sse.domain.presenters import UNCHANGED
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.realtime.bus.partitions import partition_of

_NONE = Event("", 0, "", {})

# The line before the first event. A version that writes the lines of events in another way has to begin
# with another line: a worker that cannot read an announcement finds its events in the log.
_BEGIN, _BETWEEN, _END = b"[\n", b"\n,\n", b"]"
# By how an announcement has them: a worker need not read what these events say.
_UNREAD = {orjson.dumps(kind): kind for kind in UNCHANGED}


@dataclass(slots=True)  # not frozen, for the reason that `Event` gives
class Announcement:
    """Events of one topic, in order; without any, it says that announcements may have been lost."""

    origin: str
    topic: str
    events: tuple[Event, ...]

    def encode(self) -> bytes:
        first = self.events[0] if self.events else _NONE
        said = f"{self.origin} {first.committed_at:.6f} {first.trace} {first.change}".rstrip()
        head = f"{said}\n{self.topic}\n"
        return head.encode() + _encode(self.events)

    @property
    def partition(self) -> int:
        return partition_of(self.topic)


def decode(data: bytes) -> Sequence[Event]:
    """Return the events of an announcement, as `encode` wrote it. Raises ValueError."""
    head, name, body = data.split(b"\n", 2)
    said = str(head, "utf-8").split(" ", 3)
    topic, committed_at = str(name, "utf-8"), float(said[1]) if said[1:] else 0.0
    trace = said[2] if said[2:] else ""
    events = []
    if body[:2] == _BEGIN:
        # Line by line, because `split` looks at each byte, and `partition` leaps to the next line.
        rest = body[2:]
        while rest != _END:
            line, _, rest = rest.partition(b"\n")
            if line == b",":
                continue
            seq, quoted, written = line[1:-1].split(b",", 2)
            if quoted in _UNREAD:
                kind, fact = _UNREAD[quoted], UnreadFact(written)
            else:
                kind, fact = str(quoted[1:-1], "utf-8"), orjson.loads(written)
            events += [Event(topic, int(seq), kind, fact, committed_at, trace)]
    else:
        events += [Event(topic, *fact, committed_at, trace) for fact in _decode_unlined(body)]
    if said[3:] and events:
        events[0].change = said[3]
    return events


def _encode(events: Sequence[Event]) -> bytes:
    if not events:
        return b"[]"
    lines = [orjson.dumps((event.seq, event.type, event.fact)) for event in events]
    return _BEGIN + _BETWEEN.join(lines) + b"\n" + _END


def _decode_unlined(body: bytes) -> list[tuple[int, str, Fact]]:
    """Decode a list without lines: an earlier version's, or that of a loss, which is empty."""
    try:
        return [(seq, kind, fact) for seq, kind, fact in orjson.loads(body)]
    except TypeError:
        raise ValueError("not the content of an announcement") from None


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
