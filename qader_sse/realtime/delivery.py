"""New events of one topic, on their way to all who follow it."""

from collections.abc import Sequence
from typing import Protocol

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import RenderedEvent


class Stream(Protocol):
    """What writes a connection's frames to its client."""

    def deliver(self, delivery: "Delivery") -> None:
        """Have the client get these events, and what else it lacks. Never blocks."""

    def fail(self) -> None:
        """End because of the exception that is being handled; never raises."""


class Follower(Protocol):
    """A connection that is attached to the topic."""

    @property
    def stream(self) -> Stream | None:
        """What writes to its client; None before that has begun, and once it has ended."""


class Delivery:
    """Events that follow each other without a gap, and the followers that are to get them.

    Nearly all streams on a topic wait for the same bytes. So these are made once, and again only
    for a viewer who sees something else, or a stream with another codec.
    """

    __slots__ = ("_events", "_waiting", "after", "codec", "data", "frames", "head")

    def __init__(self, events: Sequence[RenderedEvent], followers: Sequence[Follower]) -> None:
        # The numbers before the first event, and of the last one.
        self.after, self.head = events[0].event.seq - 1, events[-1].event.seq
        self.frames: list[Frame] = []
        self.data = b""  # the frames as bytes
        self.codec: Codec | None = None  # of `data`, if all viewers see that
        self._events = events
        self._waiting = followers  # for their turn

    def go_on(self, most: int) -> int:
        """Give the next followers their turn, so many at most; return how many have had it."""
        # Slices are copies: a stream that fails or ends here leaves the topic's own list.
        turn, self._waiting = self._waiting[:most], self._waiting[most:]
        for follower in turn:
            stream = follower.stream
            if stream is None:
                continue
            try:
                stream.deliver(self)
            except Exception:  # noqa: BLE001  # fail() logs it; the other streams go on
                stream.fail()
        return len(turn)

    def render(self, viewer: Viewer, codec: Codec) -> None:
        """Set `frames` and `data` to what this viewer gets by this codec."""
        frames, data, is_for_all = [], b"", True
        for event in self._events:
            frame = event.frame(viewer)
            frames.append(frame)
            data += codec.encode(frame)
            is_for_all = is_for_all and frame is event.for_all
        # Only now, when nothing can fail any more: the next stream may be given the same.
        self.frames, self.data, self.codec = frames, data, codec if is_for_all else None
