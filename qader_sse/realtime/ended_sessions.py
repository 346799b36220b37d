"""Follows the topic `sessions`: the sign-out of a session reaches every worker.

The bus announces an ended session at once. What it did not announce is found in the log, which is
read twice a second, because the worker's cached sessions count for a second after it was read.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from qader_sse.domain.events import Event, sessions_topic
from qader_sse.realtime.protocol.frames import ClosingReason
from qader_sse.realtime.protocol.rendered_event import RenderedEvent
from qader_sse.realtime.recent_events import RecentEvents
from qader_sse.store import event_log, event_pages
from qader_sse.store.database import Database
from qader_sse.store.event_pages import Trimmed
from qader_sse.store.session_cache import SessionCache

# Sessions remembered, and read at a time. They are remembered for streams that were being opened
# when their session ended: a matter of seconds.
_MAX_SESSIONS = 1_000


class EndedSessions:
    """The sessions that ended lately, and why.

    `when_ended` is called with those that are new, `when_missed` if some may have been missed.

    Taking an event twice changes nothing, so when in doubt the log is read again.
    """

    TOPIC = sessions_topic()
    # How often a background task calls `catch_up`. Half the time for which cached sessions count, so
    # that one call may be late.
    INTERVAL_SECONDS = 0.5
    stream = None  # it is woken, and nothing is written to it

    def __init__(
        self,
        database: Database,
        cache: SessionCache,
        recent: RecentEvents,
        when_ended: Callable[[dict[str, ClosingReason]], None],
        when_missed: Callable[[], None],
        catch_up_soon: Callable[[], None],
    ) -> None:
        self._database = database
        self._cache = cache
        self._recent = recent
        self._when_ended = when_ended
        self._when_missed = when_missed
        self._catch_up_soon = catch_up_soon
        self._cursor: int | None = None  # unknown until the log was read
        self._starts = 0  # how often all was forgotten
        self._reasons: OrderedDict[str, ClosingReason] = OrderedDict()
        database.when_availability_changes(self.start_again)
        database.when_commits_are_lost(self.start_again)

    def reason(self, session_id: str) -> ClosingReason | None:
        """Return why a session ended, or None if it has not ended lately."""
        return self._reasons.get(session_id)

    def wake(self) -> None:
        """Take the events that were announced, if all before them are known."""
        if self._cursor is None:
            return  # the first catch-up reads them
        announced = self._recent.after(self._cursor)
        if announced is None:
            self._cache.clear()
            self._catch_up_soon()
        elif announced:
            self._cursor = announced[-1].seq
            self._take([found.event for found in announced if isinstance(found, RenderedEvent)])

    def catch_up(self) -> None:
        """Read from the log whatever was not announced. Raises StoreUnavailable.

        The first time, that includes the newest thousand ends: a stream may have opened, and its
        session may have ended, since this worker began to serve.
        """
        while True:
            starts, begun_at = self._starts, time.monotonic()
            try:
                cursor, events = self._read(self._cursor)
            except Trimmed:
                # This worker slept for longer than the events are kept, and sessions that ended
                # meanwhile are unknown.
                self._cursor = None
                self._cache.clear()
                self._when_missed()
                continue
            if starts != self._starts:
                continue  # `start_again` was called while the log was read
            self._cursor = max(self._cursor or 0, events[-1].seq if events else cursor)
            self._take(events)
            if len(events) < _MAX_SESSIONS:
                self._cache.note_look(begun_at)
                return

    def _read(self, cursor: int | None) -> tuple[int, list[Event]]:
        """Return the next events, and the cursor that they follow. Raises Trimmed."""
        with self._database.autocommit() as connection:
            bounds = event_log.bounds(connection, self.TOPIC)
            if cursor is None:
                # Counted in rows: sequence numbers leap where the database has lost commits.
                cursor = event_log.before_newest(connection, self.TOPIC, _MAX_SESSIONS)
                cursor = bounds.head if cursor is None else cursor
            elif bounds.floor > cursor:
                raise Trimmed
            if bounds.head <= cursor:
                return cursor, []
            return cursor, event_pages.read(connection, self.TOPIC, cursor, _MAX_SESSIONS)

    def _take(self, events: Iterable[Event]) -> None:
        # A newer version may write other types into this topic.
        reasons = {
            e.fact["session_id"]: e.fact["reason"] for e in events if e.type == "session.ended"
        }
        self._reasons.update(reasons)
        while len(self._reasons) > _MAX_SESSIONS:
            self._reasons.popitem(last=False)
        if reasons:
            self._cache.forget(reasons)
            self._when_ended(reasons)

    def start_again(self) -> None:
        """Forget what was read: a standby may have taken over, which lacks the last events.

        A session whose end was lost is valid again.
        """
        self._starts += 1
        self._cursor = None
        self._reasons.clear()
        self._cache.clear()
        self._recent.forget()
        self._catch_up_soon()
