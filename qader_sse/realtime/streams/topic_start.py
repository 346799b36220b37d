"""Where and with what a subscription to a topic begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.rendered_event import RenderedEvent

Mode = Literal["snapshot", "resumed", "reset"]


@dataclass(frozen=True, slots=True)
class TopicStart:
    """The start of a subscription, as the log was when it was read.

    `mode` is "snapshot" without a cursor, "resumed" after one that the log can serve, "reset"
    after any other. `after` is the client's cursor, or the head if it sent none.
    """

    topic: str
    mode: Mode
    after: int
    head: int
    # What is sent first: a snapshot, as one event, or the first page of what the client missed.
    events: Sequence[RenderedEvent] = ()
    is_over: bool = False  # the topic gets no more events
    is_running: bool = False  # a duel that is being played

    @property
    def cursor(self) -> int:
        """The cursor at which the subscription begins: the client's if resumed, else the head."""
        return self.after if self.mode == "resumed" else self.head

    @property
    def is_finished(self) -> bool:
        """Whether the client has everything, and nothing more will ever come."""
        return self.is_over and self.mode == "resumed" and self.after == self.head

    def render(self, viewer: Viewer) -> None:
        """Render the first events; raises what a mistake in one of them raises."""
        for event in self.events:
            event.frame(viewer)

    @property
    def snapshot(self) -> Event | None:
        return self.events[0].event if self.events and self.mode != "resumed" else None
