"""Where and with what a subscription to a topic begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qader_sse.realtime.protocol.frames import Frame

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
    # What is sent first: a snapshot, or the first page of what the client missed.
    frames: Sequence[Frame] = ()
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

    @property
    def snapshot(self) -> Frame | None:
        return self.frames[0] if self.frames and self.mode != "resumed" else None
