"""A worker's cache of open sessions, so that a request need not ask the database whose it is.

What is cached of a session never changes, and every end of one is an event of the topic `sessions`,
which the worker follows. So an entry is wrong only between the end of its session and the moment at
which the worker hears of that, which may be a second at most.

Four rules keep to that second, and all of them are in this module. An entry counts only while the
worker's last successful look at the topic is younger than a second: while the database is away, no
entry does. An end that is heard of drops its entry, and drops all where ends may have been missed. A
session is cached only if no end was heard of while it was read, because it may be this session that
has ended. And no session is cached while no entry counts, because the next look may pass over ends
from before it.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

from qader_sse.store import sessions
from qader_sse.store.database import Database
from qader_sse.store.sessions import Found

# The most sessions cached, at some 400 bytes: of those who play, not of all whose streams are open.
# Of 10,000 people, those and their cookies took 0.8 KiB of each quiet stream.
_MAX_ENTRIES = 2_000
# The contract's bound on how long a session lives on that was ended elsewhere.
_MAX_SECONDS = 1.0


def wait_until_ends_are_known() -> None:
    """Wait until no worker still takes a session for open that had ended before this call."""
    time.sleep(_MAX_SECONDS)


class SessionCache:
    """The open sessions that were used last; those used least recently are dropped first."""

    def __init__(
        self,
        database: Database,
        max_entries: int = _MAX_ENTRIES,
        max_seconds: float = _MAX_SECONDS,
    ) -> None:
        self._database = database
        self._max_entries = max_entries
        self._max_seconds = max_seconds
        self._entries: OrderedDict[str, Found] = OrderedDict()
        self._count_until = 0.0  # of time.monotonic
        self._heard = 0  # how often ends were heard of, or may have been missed

    def signed_in(self, session_id: str, now: datetime, opened_after: datetime) -> Found | None:
        """Return an open session, as `sessions.signed_in` does. Raises StoreUnavailable."""
        may_cache = time.monotonic() < self._count_until
        found = self._entries.get(session_id) if may_cache else None
        if found is not None:
            self._entries.move_to_end(session_id)
            has_run_out = found.expires_at is not None and found.expires_at <= now
            return None if has_run_out or found.opened_at <= opened_after else found
        heard = self._heard
        with self._database.autocommit() as connection:
            found = sessions.signed_in(connection, session_id, now, opened_after)
        if found is not None and may_cache and heard == self._heard:
            self._entries[session_id] = found
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
        return found

    def note_look(self, begun_at: float) -> None:
        """Note that every end from before this moment, of time.monotonic, has been heard of."""
        self._count_until = max(self._count_until, begun_at + self._max_seconds)

    def forget(self, session_ids: Iterable[str]) -> None:
        """Drop sessions of whose end the worker has heard."""
        self._heard += 1
        for session_id in session_ids:
            self._entries.pop(session_id, None)

    def clear(self) -> None:
        """Drop all, because ends may have been missed; none counts until the next look."""
        self._heard += 1
        self._entries.clear()
        self._count_until = 0.0
