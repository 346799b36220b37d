"""One viewer's cursor in one topic."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import render
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

    def take(self, frames: Sequence[Frame]) -> list[Frame]:
        """Take the frames of events that follow the cursor, as this subscription sends them."""
        if not frames:
            return []
        taken = self._own(frames)
        self.cursor = frames[-1].seq
        self.sent += len(frames)
        if frames[-1].is_last and self.over is not None:
            self.is_over = True
            taken.append(self.over)
        return taken

    def take_recent(self) -> list[Frame] | None:
        """Take all frames after the cursor, or return None if only the log has them all."""
        events = self.recent.after(self.cursor)
        if not events:
            return None if events is None else []
        return self.take([event.seen_by(self.viewer) for event in events])

    def take_page(self, log: LogReader, wait_seconds: float) -> list[Frame]:
        """Take the next page of frames from the log. Raises Trimmed and StoreUnavailable."""
        page = log.page(self.topic, self.cursor, wait_seconds)
        return self.take([render(event, self.viewer) for event in page])

    def _own(self, frames: Sequence[Frame]) -> list[Frame]:
        return list(frames)
