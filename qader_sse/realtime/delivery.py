"""New events of one topic, on their way to all who follow it."""

from collections.abc import Sequence
from typing import Protocol

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import RenderedEvent


class Tally(Protocol):
    """Where written frames are counted."""

    def delivered(self, frames: int, committed_at: float, now: float) -> None:
        """Count frames that were written now, of events that were committed at that time."""


class Stream(Protocol):
    """What writes a connection's frames to its client."""

    def deliver(self, delivery: "Delivery") -> Tally | None:
        """Have the client get these events, and what else it lacks. Never blocks.

        If it has written the delivery as it is, returns the tally in which that is to be counted.
        """

    def fail(self) -> None:
        """End because of the exception that is being handled; never raises."""


class Follower(Protocol):
    """A connection that is attached to the topic."""

    @property
    def stream(self) -> Stream | None:
        """What writes to its client; None before that has begun, and once it has ended."""


class Delivery:
    """Events of one transaction that follow each other, and the followers that are to get them.

    Nearly all streams on a topic wait for the same bytes. So these are made once, and again only
    for a viewer who sees something else, or a stream with another codec. They are counted once as
    well: what is written in one turn is late by the same time.
    """

    __slots__ = (
        *("_committed_at", "_events", "_waiting", "after", "codec", "data", "frames", "head"),
        *("is_last", "traced"),
    )

    def __init__(
        self,
        events: Sequence[Frame | RenderedEvent],
        followers: Sequence[Follower],
        committed_at: float,
    ) -> None:
        # The numbers before the first event, and of the last one.
        self.after, self.head = events[0].seq - 1, events[-1].seq
        self.frames = self.head - self.after  # how many
        self.data = b""  # the frames as bytes
        self.codec: Codec | None = None  # of `data`, if all viewers see that
        self.is_last = False  # whether the topic gets no more events
        self.traced: Sequence[Frame] = ()  # the frames that belong to a trace
        self._events, self._committed_at = events, committed_at
        self._waiting = followers  # for their turn

    def go_on(self, turns: int, now: float) -> int:
        """Give the next followers their turn, so many at most; return how many turns are left.

        `now` is of the service's clock, in seconds since 1970.
        """
        # Slices are copies: a stream that fails or ends here leaves the topic's own list.
        followers, self._waiting = self._waiting[:turns], self._waiting[turns:]
        written: dict[Tally, int] = {}  # how many streams of each
        for follower in followers:
            turns -= 1
            stream = follower.stream
            if stream is None:
                continue
            try:
                tally = stream.deliver(self)
            except Exception:  # noqa: BLE001  # fail() logs it; the other streams go on
                stream.fail()
                continue
            if tally is not None:
                written[tally] = written[tally] + 1 if tally in written else 1
        for tally in written:
            tally.delivered(self.frames * written[tally], self._committed_at, now)
        return turns

    def render(self, viewer: Viewer, codec: Codec) -> None:
        """Set `data`, `codec`, `is_last` and `traced` for what this viewer gets by this codec."""
        data, is_for_all = b"", True
        traced: list[Frame] = []
        for event in self._events:
            frame = event if type(event) is Frame else event.seen_by(viewer)
            data += codec.encode(frame)
            is_for_all = is_for_all and frame is event
            if frame.trace:
                traced.append(frame)
        # Only now, when nothing can fail any more: the next stream may be given the same.
        self.data, self.is_last, self.traced = data, frame.is_last, traced
        self.codec = codec if is_for_all else None
