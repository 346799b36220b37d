"""Several topics on one connection: a stream whose steps are those of its parts, in turn.

What drives a stream, a server that pulls or the hub that pushes, drives this one alike. Each
frame is named after its topic, and its id tells where every topic is after it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from qader_sse.realtime.protocol.cursor import format_vector
from qader_sse.realtime.protocol.frames import ClosingReason, Frame
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Stream
from qader_sse.realtime.streams.wsgi_stream import WsgiStream


def named(places: dict[str, int], name: str, frames: Sequence[Frame]) -> list[Frame]:
    """Move a topic's place behind its frames; return them as they are sent among others."""
    found = []
    for frame in frames:
        places[name] = frame.seq
        found.append(frame.named(name, format_vector(places)))
    return found


@dataclass(eq=False, slots=True, kw_only=True)
class Part(Stream):
    """A viewer's place in one of the topics: what the hub wakes and ends is the whole."""

    name: str
    whole: Stream = field(init=False, repr=False)

    def wake(self) -> None:
        self.whole.wake()

    def close(self, reason: ClosingReason) -> None:
        self.whole.close(reason)


class Multiplexed(Stream):
    """Puts the steps of parts in the place of a topic's own; how it is driven, others say."""

    __slots__ = ()

    parts: list[Part]
    places: dict[str, int]  # where each topic is after what was taken, those at their end too

    def attach(self, transport: str, *, is_buffered: bool = False) -> None:
        self.opened_at = time.monotonic()
        self.sent = len(self.first)
        for part in self.parts:
            part.whole = self
            part.attach(transport, is_buffered=is_buffered)
            part.first = ()

    def detach(self, transport: str) -> None:
        for part in self.parts:
            part.closing = self.closing
            part.detach(transport)
        self.parts.clear()  # they know this stream: a ring that somebody would have to find

    def take_newest(self) -> None:
        """Leave it to `take`: the short way is for one topic."""

    def take(self) -> list[Frame] | None:
        frames, behind = self._take_recent()
        if behind and frames:
            self.wake()  # to ask the log for those that are behind once these are written
        return None if behind and not frames else frames

    def step(self) -> list[Frame]:
        frames, behind = self._take_recent()
        for part in behind:
            if frames or self.closing:
                break  # the log comes last: it may be away, and what is at hand need not wait
            frames = self._named(part, part.step())
        return frames

    def _take_recent(self) -> tuple[list[Frame], list[Part]]:
        """Return what is at hand, and the parts for which only the log can tell."""
        frames: list[Frame] = []
        behind = []
        for part in self.parts:
            taken = part.take()
            if taken is None:
                behind.append(part)
            else:
                frames += self._named(part, taken)
        return frames, behind

    def _named(self, part: Part, frames: Sequence[Frame]) -> list[Frame]:
        self.sent += len(frames)
        return named(self.places, part.name, frames)


@dataclass(eq=False, slots=True, kw_only=True)
class MultiplexedWsgiStream(Multiplexed, WsgiStream):
    """Several topics, pulled by their server."""

    parts: list[Part]
    places: dict[str, int]


@dataclass(eq=False, slots=True, kw_only=True)
class MultiplexedSocketStream(Multiplexed, SocketStream):
    """Several topics, pushed into a socket."""

    parts: list[Part]
    places: dict[str, int]
