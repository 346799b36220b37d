"""The newest events of one topic in a worker's memory."""

from collections.abc import Sequence

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import UNCHANGED, Viewer
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import RenderedEvent, render

# A subscription that is further behind reads the log. The largest burst of a duel is three events.
_MAX_EVENTS = 32
_ANYBODY = Viewer(0, "")


class RecentEvents:
    """The last events of a topic up to its head, without gaps.

    The head is unknown (None) until it was read from the log or an event was announced.
    """

    __slots__ = ("events", "head")

    def __init__(self) -> None:
        self.head: int | None = None
        # In order, without a gap; nobody else may change it. An empty tuple until there is one, which
        # takes no memory: most topics are quiet.
        self.events: list[Frame | RenderedEvent] | tuple[()] = ()

    def add(self, event: Event) -> bool:
        """Add an announced event; return whether it is new."""
        if self.head is not None and event.seq <= self.head:
            return False
        if self.head is not None and event.seq != self.head + 1:
            # Events in between were lost or are late: subscriptions read them from the log.
            self.events = ()
        # In place: a copy would write to each event, wherever in memory it lies, to count one more reference.
        events = self.events or []
        # What all see alike is kept as the frame that each of them gets, and nothing else of it.
        is_for_all = event.type in UNCHANGED
        events += [render(event, _ANYBODY) if is_for_all else RenderedEvent(event)]
        del events[:-_MAX_EVENTS]
        self.events, self.head = events, event.seq
        return True

    def raise_head(self, head: int) -> bool:
        """Note the head that was read from the log; return whether it is new.

        A new head means that announcements were lost: the events in memory end before it, so they
        are dropped.
        """
        if self.head is not None and head <= self.head:
            return False
        self.events = ()
        self.head = head
        return True

    def forget(self) -> None:
        """Drop everything, the head as well: the log may have lost its last events."""
        self.events = ()
        self.head = None

    def after(self, cursor: int) -> Sequence[Frame | RenderedEvent] | None:
        """Return all events after the cursor, or None if only the log has them all."""
        if self.head is None:
            return None
        missing = self.head - cursor
        if missing <= 0:
            return ()
        if missing > len(self.events):
            return None
        return self.events[-missing:]
