"""One viewer's cursor in one topic."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import RenderedEvent
from qader_sse.realtime.recent_events import RecentEvents
from qader_sse.realtime.streams.log_reader import LogReader


@dataclass(eq=False, slots=True)
class Subscription:
    """A cursor, and the frames that follow it: taking them moves the cursor behind them."""

    topic: str
    viewer: Viewer
    cursor: int
    # Sent after the last message of a topic that gets no more, before the stream ends. None on a
    # WebSocket, which stays open: deployed pages report its close as a lost connection.
    over: Frame | None = None
    sent: int = 0  # frames taken so far
    noted: int = 0  # the cursor that `StreamNotes` last noted as written
    is_over: bool = False  # `over` was taken
    recent: RecentEvents = field(init=False, repr=False)  # the topic's, while attached

    has_own_frames = False  # whether they differ from those of other viewers who see the same

    def take(self, events: Sequence[RenderedEvent]) -> list[Frame]:
        """Take the frames of events that follow the cursor."""
        if not events:
            return []
        frames = [self._render(event) for event in events]
        self.cursor = frames[-1].seq
        self.sent += len(frames)
        if frames[-1].is_last and self.over is not None:
            self.is_over = True
            frames.append(self.over)
        return frames

    def take_recent(self) -> list[Frame] | None:
        """Take all frames after the cursor, or return None if only the log has them all."""
        events = self.recent.after(self.cursor)
        return None if events is None else self.take(events)

    def take_page(self, log: LogReader, wait_seconds: float) -> list[Frame]:
        """Take the next page of frames from the log. Raises Trimmed and StoreUnavailable."""
        page = log.page(self.topic, self.cursor, wait_seconds)
        return self.take([RenderedEvent(event) for event in page])

    def _render(self, event: RenderedEvent) -> Frame:
        return event.frame(self.viewer)
