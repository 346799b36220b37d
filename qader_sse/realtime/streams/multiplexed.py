"""Several topics on one connection: frames carry the name of their topic and a vector cursor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qader_sse.realtime.protocol.cursor import format_vector
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.streams.subscription import Subscription


class VectorCursor:
    """The last sequence number sent of each topic of a connection, topics that ended included."""

    __slots__ = ("_cursors",)

    def __init__(self, cursors: Mapping[str, int]) -> None:
        self._cursors = dict(cursors)

    def __bytes__(self) -> bytes:
        return format_vector(self._cursors)

    def move(self, name: str, seq: int) -> bytes:
        """Move one topic's cursor; return the vector with it, as the id of an event."""
        self._cursors[name] = seq
        return format_vector(self._cursors)


@dataclass(eq=False, slots=True, kw_only=True)
class NamedSubscription(Subscription):
    """A subscription whose frames are sent among those of other topics."""

    name: str
    vector: VectorCursor

    has_own_frames = True  # they have the vector

    def _own(self, frames: Sequence[Frame]) -> list[Frame]:
        name, move = self.name, self.vector.move
        return [frame.named(name, move(name, frame.seq)) for frame in frames]
