"""One viewer's place in one topic, and what comes next.

A stream is a step, not a loop: it says what the tail, or one page of the log, offers
after its cursor. What drives it is a generator that a server pulls (`pull.py`) or a
socket that the hub pushes into (`push.py`). A waiting stream holds no database
connection and no session.
"""

import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from gevent.lock import BoundedSemaphore

from qader_sse.domain.presenters import Viewer
from qader_sse.jitter import jittered
from qader_sse.realtime.hub import Hub, RecentEvents
from qader_sse.realtime.protocol.frames import ClosingReason, Frame, RenderedEvent
from qader_sse.store import event_log
from qader_sse.store.database import Database

logger = logging.getLogger(__name__)

# Events read from the log at a time: bounds what one slow reader holds in memory.
PAGE_EVENTS = 50
# Readers of the log at a time: thousands who come back at once must not open thousands of
# connections.
LOG_READERS = 8
# While the log is out of reach, each stream that needs it asks again after about this long.
_AWAY_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long streams wait, in seconds; one for all streams of a service."""

    heartbeat_seconds: float
    peer_timeout_seconds: float
    retry_seconds: float


@dataclass(eq=False, slots=True, kw_only=True)
class Stream(ABC):
    """A viewer's cursor in a topic."""

    database: Database
    hub: Hub
    timeouts: Timeouts
    viewer: Viewer
    session_token: str
    topic: str
    cursor: int
    head: int = 0  # how far the topic reached when this stream was opened
    ends_at: float = math.inf  # of time.monotonic
    first: Sequence[Frame] = ()  # what the start brought, until it is sent: it may be large
    closing: ClosingReason | None = None
    sent: int = 0
    opened_at: float = 0.0
    _recent: RecentEvents = field(init=False, repr=False)  # of the topic, while attached

    @property
    def user_id(self) -> int:
        return self.viewer.user_id

    @abstractmethod
    def wake(self) -> None:
        """Take note that there may be something new. Must not block."""

    @abstractmethod
    def close(self, reason: ClosingReason) -> None:
        """End after what is being sent now. Must not block."""

    def attach(self, transport: str, *, is_buffered: bool = False) -> None:
        """Begin to be woken by the hub."""
        self.opened_at = time.monotonic()
        self.sent = len(self.first)
        self._recent = self.hub.attach(self, self.head, is_buffered=is_buffered)
        logger.info(
            "stream opened transport=%s topic=%s user=%s after=%d",
            transport,
            self.topic,
            self.user_id,
            self.cursor,
        )

    def detach(self, transport: str) -> None:
        """Give the place in the hub back."""
        self.hub.detach(self)
        logger.info(
            "stream closed transport=%s topic=%s user=%s reason=%s age=%.1fs sent=%d",
            transport,
            self.topic,
            self.user_id,
            self.closing or "client_gone",
            time.monotonic() - self.opened_at,
            self.sent,
        )

    def take_newest(self) -> Frame | None:
        """Return the newest frame and move behind it, if it is all that is new."""
        tail, following = self._recent, self.cursor + 1
        if tail.head != following or tail.newest is None:
            return None
        self.cursor = following
        self.sent += 1
        return tail.newest.frame(self.viewer)

    def take(self) -> list[Frame] | None:
        """Return what the tail has after the cursor and move behind it; None: ask the log."""
        events = self._recent.after(self.cursor)
        return None if events is None else self._moved_behind(events)

    def step(self) -> list[Frame]:
        """Return what follows the cursor, a page at most, and move behind it.

        May read the log, and wait for that. Raises StoreUnavailable.
        """
        events = self._recent.after(self.cursor)
        return self._moved_behind(self._read_log() if events is None else events)

    def _moved_behind(self, events: list[RenderedEvent]) -> list[Frame]:
        if not events:
            return []
        viewer = self.viewer
        frames = [rendered.frame(viewer) for rendered in events]
        self.cursor = frames[-1].seq
        self.sent += len(frames)
        return frames

    def _read_log(self) -> list[RenderedEvent]:
        # Not for ever: whoever waits here sends no heartbeat, and does not see that it is to end.
        if not _log_readers.acquire(timeout=self.timeouts.heartbeat_seconds):
            return []
        try:
            with self.database.autocommit() as connection:
                events = event_log.read(connection, self.topic, self.cursor, PAGE_EVENTS)
                is_trimmed = (
                    not events and event_log.bounds(connection, self.topic).floor > self.cursor
                )
        finally:
            _log_readers.release()
        self.hub.counters["log_reads"] += 1
        if is_trimmed:
            # What this viewer still lacks was deleted. Coming back, it gets a snapshot.
            self.close("max_age")
            return []
        if len(events) < PAGE_EVENTS:
            self.hub.raise_head(self.topic, events[-1].seq if events else self.cursor)
        return [RenderedEvent(event) for event in events]


def away_pause_seconds() -> float:
    return jittered(_AWAY_PAUSE_SECONDS, 0.5, 1.5)


_log_readers = BoundedSemaphore(LOG_READERS)
