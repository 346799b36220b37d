"""One per worker: the newest events of every watched topic, and who to wake for them."""

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Protocol

import gevent
from gevent.event import Event as Signal

from qader_sse.domain.events import Event, sessions_topic
from qader_sse.realtime.protocol.frames import ClosingReason, RenderedEvent
from qader_sse.store import event_log
from qader_sse.store.database import Database
from qader_sse.store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

# A reader further behind than this reads the log. A duel's burst is at most three events.
_RECENT_EVENTS = 32
# A drain ends as many streams at once as this pause allows, and never fewer than that many: a
# handful needs no waves.
_WAVE_PAUSE_SECONDS = 0.25
_MIN_WAVE = 20
_SESSIONS_PER_QUERY = 1_000
_TOPICS_PER_QUERY = 100
_QUERY_PAUSE_SECONDS = 0.005
# Who polls is there for this long.
_POLLING_ONLINE_SECONDS = 10.0


class Subscriber(Protocol):
    """A stream, as the hub knows it."""

    topic: str
    session_token: str

    @property
    def user_id(self) -> int: ...

    def wake(self) -> None:
        """Say that there may be something new. Must not block."""

    def close(self, reason: ClosingReason) -> None:
        """End the stream after what it is sending now. Must not block."""


class RecentEvents:
    """The newest events of one topic, without holes: base + 1 … head."""

    def __init__(self) -> None:
        self.head: int | None = None  # unknown until the log was read or an event announced
        self._events: list[RenderedEvent] = []
        self.newest: RenderedEvent | None = (
            None  # the event numbered `head`, where it was announced
        )
        self.subscribers: set[Subscriber] = set()
        self.buffers = 0  # openings under way

    def add(self, event: Event) -> bool:
        """Take an announced event; return whether it was news."""
        if self.head is not None and event.seq <= self.head:
            return False
        if self.head is not None and event.seq != self.head + 1:
            # Something in between was lost or is late: readers find it in the log.
            self._events.clear()
        self.newest = RenderedEvent(event)
        self._events.append(self.newest)
        del self._events[:-_RECENT_EVENTS]
        self.head = event.seq
        return True

    def raise_head(self, head: int) -> bool:
        """Take note of how far the log reaches; return whether that was news."""
        if self.head is not None and head <= self.head:
            return False
        self._events.clear()
        self.newest = None
        self.head = head
        return True

    def wake(self) -> None:
        for subscriber in self.subscribers:
            subscriber.wake()

    def after(self, cursor: int) -> list[RenderedEvent] | None:
        """Return everything after the cursor, or None where only the log can tell."""
        if self.head is None:
            return None
        missing = self.head - cursor
        if missing <= 0:
            return []
        if missing > len(self._events):
            return None
        return self._events[-missing:]


class Hub:
    """Knows every stream of this worker; wakes them, and ends them for a reason."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._topics: dict[str, RecentEvents] = {}
        self._sessions_read: int | None = None
        self._ended: OrderedDict[str, ClosingReason] = OrderedDict()  # the sessions that ended last
        self.open_streams = 0
        self.is_lame_duck = False  # told to go, and still serving
        self.draining = False
        self.counters: Counter[str] = Counter()
        self._catch_up_now = Signal()
        self._polled_at: dict[int, float] = {}

    def refusal(self, max_streams: int) -> ClosingReason | None:
        """Say why this worker takes no further stream now, or None if it does."""
        if self.draining:
            return "draining"
        return "limit" if self.open_streams >= max_streams else None

    @contextmanager
    def buffering(self, *topics: str) -> Iterator[None]:
        """Keep what is announced of topics, from before their log is looked at for an opening."""
        for topic in topics:
            self._topics.setdefault(topic, RecentEvents()).buffers += 1
        try:
            yield
        finally:
            for topic in topics:
                self._topics[topic].buffers -= 1
                self._forget(topic)

    def attach(
        self, subscriber: Subscriber, head: int = 0, *, is_buffered: bool = False
    ) -> RecentEvents:
        """Begin to wake a stream that knows that its topic reaches this far; return its recent events.

        A topic that is behind learns of it. One that knows nothing yet does so only where the
        topic was expected: else there may have been an event between that look at the log and
        now that nobody here was told of.
        """
        recent = self._topics.setdefault(subscriber.topic, RecentEvents())
        recent.subscribers.add(subscriber)
        self.open_streams += 1
        if recent.head is not None or is_buffered:
            self.raise_head(subscriber.topic, head)
        if self.draining:
            subscriber.close("draining")  # it was let in just before the drain began
        if (reason := self._ended.get(subscriber.session_token)) is not None:
            subscriber.close(reason)  # it ended while the stream was being opened
        return recent

    def detach(self, subscriber: Subscriber) -> None:
        recent = self._topics[subscriber.topic]
        recent.subscribers.remove(subscriber)
        self.open_streams -= 1
        self._forget(subscriber.topic)

    def note_poll(self, user_id: int) -> None:
        """Take note of somebody who is there without a stream: a client that polls."""
        self._polled_at[user_id] = time.monotonic()

    def online_user_ids(self) -> set[int]:
        """Return who is there: has a stream open, or has polled a moment ago."""
        since = time.monotonic() - _POLLING_ONLINE_SECONDS
        self._polled_at = {user: at for user, at in self._polled_at.items() if at > since}
        return {*self._polled_at, *(subscriber.user_id for subscriber in self._subscribers())}

    def receive(self, events: Sequence[Event]) -> None:
        """Take announced events from the bus."""
        changed: set[RecentEvents] = set()
        for event in events:
            recent = self._topics.get(event.topic)
            if recent is None:
                continue
            if recent.add(event):
                changed.add(recent)
                self.counters["received"] += 1
            else:
                self.counters["repeated"] += 1
        for recent in changed:
            recent.wake()

    def catch_up_soon(self) -> None:
        """Take note that announcements may have been lost: the log is looked at next."""
        self._catch_up_now.set()

    def catch_up(self) -> None:
        """Compare every watched topic with the log: the last event of a burst may have been lost."""
        names = list(self._topics)
        for start in range(0, len(names), _TOPICS_PER_QUERY):
            with self._database.autocommit() as connection:
                heads = event_log.heads(connection, names[start : start + _TOPICS_PER_QUERY])
            for topic, head in heads.items():
                self.raise_head(topic, head)
            # Thousands of topics take many milliseconds. After a mere turn, a message that came
            # meanwhile would wait for another hundred topics at each step of its way.
            gevent.sleep(_QUERY_PAUSE_SECONDS)

    def raise_head(self, topic: str, head: int) -> None:
        """Take note that the log of a topic reaches this far, whatever was announced."""
        recent = self._topics.get(topic)
        if recent is None:
            return
        is_new = recent.head is None
        if recent.raise_head(head):
            self.counters["caught_up"] += not is_new
            recent.wake()

    def end_signed_out(self) -> None:
        """End the streams of sessions that were signed out or whose account was disabled.

        The log tells which ended since the last look, by number: clocks differ, and step.
        """
        topic = sessions_topic()
        with self._database.autocommit() as connection:
            if self._sessions_read is None:
                # A stream may have been opened, and its session ended, before this first look.
                self._sessions_read = max(
                    0, event_log.bounds(connection, topic).head - _SESSIONS_PER_QUERY
                )
            events = event_log.read(connection, topic, self._sessions_read, _SESSIONS_PER_QUERY)
        if not events:
            return
        self._sessions_read = events[-1].seq
        ended = {event.fact["token"]: event.fact["reason"] for event in events}
        self._ended.update(ended)
        while len(self._ended) > _SESSIONS_PER_QUERY:
            self._ended.popitem(last=False)
        for subscriber in self._subscribers():
            reason = ended.get(subscriber.session_token)
            if reason is not None:
                subscriber.close(reason)

    def drain(self, seconds: float = 0.0) -> None:
        """End every stream, in waves over this time, and those that come: this worker is leaving.

        All at once would send them all to the other workers at once.
        """
        self.is_lame_duck = self.draining = True
        leaving = list(self._subscribers())
        waves = max(1, round(seconds / _WAVE_PAUSE_SECONDS))
        in_a_wave = max(_MIN_WAVE, ceil(len(leaving) / waves))
        for start in range(0, len(leaving), in_a_wave):
            if start > 0:
                gevent.sleep(_WAVE_PAUSE_SECONDS)
            for subscriber in leaving[start : start + in_a_wave]:
                subscriber.close("draining")

    def keep_caught_up(self, seconds: Callable[[], float]) -> None:
        """Catch up again and again, this often at present, and at once when something was missed."""
        gevent.spawn(self._repeat, self.catch_up, seconds, self._catch_up_now)

    def run_every(self, seconds: Callable[[], float], task: Callable[[], object]) -> None:
        """Repeat a task in a greenlet; a failure is logged and the next turn tries again."""
        gevent.spawn(self._repeat, task, seconds, Signal())

    def _repeat(
        self, task: Callable[[], object], seconds: Callable[[], float], soon: Signal
    ) -> None:
        while True:
            soon.wait(seconds())
            soon.clear()
            try:
                task()
            except StoreUnavailable:
                self.counters["put_off_tasks"] += 1  # the database says itself that it is away
            except Exception:
                # Whatever it was: without this loop nobody is signed out or caught up again.
                self.counters["failed_tasks"] += 1
                logger.exception("a task failed and will be tried again")

    def _forget(self, topic: str) -> None:
        recent = self._topics[topic]
        if not recent.subscribers and not recent.buffers:
            del self._topics[topic]

    def _subscribers(self) -> Iterator[Subscriber]:
        return iter([w for recent in self._topics.values() for w in recent.subscribers])
