"""Reads the event log for subscriptions that are further behind than a worker's memory reaches."""

from gevent.lock import BoundedSemaphore

from qader_sse.domain.events import Event
from qader_sse.jitter import jittered
from qader_sse.realtime.hub import Hub
from qader_sse.store import event_log, event_pages
from qader_sse.store.database import Database
from qader_sse.store.event_pages import Trimmed

# The most events in a page: bounds what one slow reader holds in memory.
PAGE_EVENTS = 50
# Thousands of clients that reconnect at once must not use up the connections to the database.
MAX_READERS = 8
# While the log cannot be read, or has less than was announced, each stream tries again after this.
_RETRY_SECONDS = 1.0


class LogReader:
    """Reads pages of the event log, for at most MAX_READERS streams at a time."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._readers = BoundedSemaphore(MAX_READERS)

    def page(self, topic: str, cursor: int, wait_seconds: float) -> list[Event]:
        """Return the next events after the cursor, at most PAGE_EVENTS.

        Returns an empty list if all readers stay busy for `wait_seconds`: no longer, because a
        waiting stream sends no heartbeats and does not notice that it was closed. Raises Trimmed
        and StoreUnavailable.
        """
        if not self._readers.acquire(timeout=wait_seconds):
            return []
        try:
            with self._database.autocommit() as connection:
                events = event_pages.read(connection, topic, cursor, PAGE_EVENTS)
                # A deleted topic has neither events nor bounds: its head is below the cursor.
                if not events and not event_log.bounds(connection, topic).can_serve(cursor):
                    raise Trimmed
        finally:
            self._readers.release()
        self._hub.counters["log_reads"] += 1
        self._hub.counters["log_rows"] += len(events)
        if len(events) < PAGE_EVENTS:
            self._hub.raise_head(topic, events[-1].seq if events else cursor)
        return events


def retry_seconds() -> float:
    """Return a pause before the log is read once more, with jitter."""
    return jittered(_RETRY_SECONDS, 0.5, 1.5)
