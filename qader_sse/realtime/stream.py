"""One viewer's place in one topic: where it starts, and what comes next.

A stream is a step, not a loop: `step` returns what the tail, or one page of the
log, offers after the cursor. `batches` drives it from a greenlet, for any
transport. A waiting stream holds no database connection and no session.
"""

import math
import random
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore
from sqlalchemy.orm import Session

from qader_sse.domain.challenge import FINAL, Challenge
from qader_sse.domain.errors import ChallengeNotFound, NotAParticipant
from qader_sse.domain.events import Event, challenge_topic, detail_fact, user_topic
from qader_sse.domain.present import Viewer
from qader_sse.realtime.frames import ClosingReason, Entry, Frame
from qader_sse.realtime.hub import Hub
from qader_sse.store import challenges, log
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.tx import Database

Mode = Literal["snapshot", "resumed", "reset"]

# Events read from the log at a time: bounds what one slow reader holds in memory.
PAGE_EVENTS = 50
# Readers of the log at a time: thousands who come back at once must not open thousands of
# connections.
_LOG_READERS = 8
# While the log is out of reach, each stream that needs it asks again after about this long.
_AWAY_PAUSE_SECONDS = 1.0
# Answers to a viewer's own messages that wait to be written. More: it talks and does not listen.
_MOST_REPLIES = 16


@dataclass(frozen=True, slots=True)
class Opening:
    """How a stream begins, read in one transaction: plain values, nothing held."""

    topic: str
    mode: Mode
    after: int
    head: int
    snapshot: Event | None = None
    is_over: bool = False

    @property
    def cursor(self) -> int:
        """Where the viewer is once the opening was sent."""
        return self.after if self.mode == "resumed" else self.head

    def snapshot_frame(self, viewer: Viewer) -> Frame | None:
        return None if self.snapshot is None else Entry(self.snapshot).frame(viewer)


class Openings:
    """Resolves viewer, topic and cursor to an opening; refuses those who may not watch."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def challenge(self, challenge_id: int, viewer: Viewer, cursor: int | None) -> Opening:
        """Open on a challenge. Raises ChallengeNotFound or NotAParticipant."""
        with self._database.reading() as session:
            return self._challenge(session, challenge_id, viewer, cursor)

    def notifications(self, viewer: Viewer, cursor: int | None) -> Opening:
        """Open on the viewer's own notifications: there is no snapshot of those."""
        topic = user_topic(viewer.user_id)
        with self._database.reading() as session:
            bounds = log.bounds(session, topic)
        if cursor is None:
            return Opening(topic, "snapshot", bounds.head, bounds.head)
        mode: Mode = "resumed" if bounds.can_serve(cursor) else "reset"
        return Opening(topic, mode, cursor, bounds.head)

    def page(
        self, challenge_id: int, viewer: Viewer, cursor: int | None
    ) -> tuple[Opening, list[Event]]:
        """Return an opening and the events its stream would bring at once, for clients that poll."""
        with self._database.reading() as session:
            opening = self._challenge(session, challenge_id, viewer, cursor)
            if opening.snapshot is not None:
                return opening, [opening.snapshot]
            return opening, log.read(session, opening.topic, opening.cursor, PAGE_EVENTS)

    def _challenge(
        self, session: Session, challenge_id: int, viewer: Viewer, cursor: int | None
    ) -> Opening:
        topic = challenge_topic(challenge_id)
        challenge = _watchable(session, challenge_id, viewer)
        bounds = log.bounds(session, topic)
        is_over = challenge.status in FINAL
        if cursor is not None and bounds.can_serve(cursor):
            return Opening(topic, "resumed", cursor, bounds.head, is_over=is_over)
        # The state as the event that would tell it, numbered by the point it reflects.
        fact = detail_fact(challenge, self._clock())
        snapshot = Event(topic, bounds.head, "challenge.update", fact)
        mode: Mode = "snapshot" if cursor is None else "reset"
        after = bounds.head if cursor is None else cursor
        return Opening(topic, mode, after, bounds.head, snapshot, is_over)


def _watchable(session: Session, challenge_id: int, viewer: Viewer) -> Challenge:
    challenge = challenges.load(session, challenge_id)
    if challenge is None:
        raise ChallengeNotFound
    if challenge.attempt_of(viewer.user_id) is None:
        raise NotAParticipant
    return challenge


@dataclass(eq=False, slots=True)
class Stream:
    """A viewer's cursor in a topic, driven by whoever calls `step` or iterates `batches`."""

    database: Database
    hub: Hub
    viewer: Viewer
    session_token: str
    topic: str
    cursor: int
    heartbeat_seconds: float
    head: int = 0  # how far the topic reached when this stream was opened
    ends_at: float = math.inf  # of time.monotonic
    snapshot: Frame | None = None  # until it is sent: it may be the largest thing a stream has
    closing: ClosingReason | None = None
    is_gone: bool = False
    sent: int = 0
    replies: deque[str] = field(default_factory=deque)
    _signal: Signal = field(default_factory=Signal)

    @property
    def user_id(self) -> int:
        return self.viewer.user_id

    def wake(self) -> None:
        self._signal.set()

    def close(self, reason: ClosingReason) -> None:
        self.closing = self.closing or reason
        self._signal.set()

    def leave(self) -> None:
        """End without a word: the client is gone."""
        self.is_gone = True
        self._signal.set()

    def reply(self, text: str) -> None:
        """Queue an answer to this viewer alone; close a viewer that does not take them."""
        if len(self.replies) >= _MOST_REPLIES:
            self.close("slow")
        else:
            self.replies.append(text)
            self._signal.set()

    def step(self) -> list[Frame]:
        """Return what follows the cursor, a page at most, and move the cursor behind it."""
        entries = self.hub.tail(self.topic).after(self.cursor)
        if entries is None:
            entries = self._read_log()
        frames = [entry.frame(self.viewer) for entry in entries]
        if frames:
            self.cursor = frames[-1].seq
            self.sent += len(frames)
        return frames

    def batches(self) -> Generator[list[Frame]]:
        """Yield frames as they come; an empty list says that a heartbeat or a reply is due.

        The snapshot comes first, if there is one; replay and live are this one loop. Ends
        when the stream is closed or left.
        """
        self.hub.attach(self, self.head)
        try:
            if self.snapshot is not None:
                first, self.snapshot = [self.snapshot], None
                self.sent += 1
                yield first
                del first
            while not self.is_gone and not self.closing:
                self._signal.clear()  # before looking: what comes meanwhile wakes the wait below
                frames, patience = self._look()
                if frames or self.replies:
                    yield frames
                elif not self._signal.wait(patience):
                    yield []
                if time.monotonic() > self.ends_at:
                    self.close("max_age")
        finally:
            self.hub.detach(self)

    def _look(self) -> tuple[list[Frame], float]:
        """Return what is there, and for how many seconds there may be nothing new to look for."""
        try:
            return self.step(), self.heartbeat_seconds
        except StoreUnavailable:
            # Open and silent, until the log can be read again: nothing wakes us for that.
            self.hub.counters["log_away"] += 1
            return [], _AWAY_PAUSE_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311  # spreading

    def _read_log(self) -> list[Entry]:
        # Not for ever: whoever waits here sends no heartbeat, and does not see that it is to end.
        if not _log_readers.acquire(timeout=self.heartbeat_seconds):
            return []
        try:
            with self.database.reading() as session:
                events = log.read(session, self.topic, self.cursor, PAGE_EVENTS)
                is_trimmed = not events and log.bounds(session, self.topic).floor > self.cursor
        finally:
            _log_readers.release()
        self.hub.counters["log_reads"] += 1
        if is_trimmed:
            # What this viewer still lacks was deleted. Coming back, it gets a snapshot.
            self.close("max_age")
            return []
        if len(events) < PAGE_EVENTS:
            self.hub.reached(self.topic, events[-1].seq if events else self.cursor)
        return [Entry(event) for event in events]


_log_readers = BoundedSemaphore(_LOG_READERS)
