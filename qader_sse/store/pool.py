"""Lends the connections of an engine, and counts who waits for one.

Between two uses they stay open as SQLAlchemy's: to make a `Connection` and to take what is below it
from SQLAlchemy's own pool takes as long as several statements. That pool opens connections, and drops
those that broke; how many there are at once is limited here.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from qader_sse.histogram import Histogram
from qader_sse.store.availability import Availability
from qader_sse.store.dialect import is_sqlite
from qader_sse.store.driver_cursor import AUTOCOMMIT
from qader_sse.store.errors import StoreBusy

# The size and the seconds where SQLAlchemy's pool has none, as of SQLite in memory.
_IN_MEMORY = (5, 30.0)
# PostgreSQL's pool gives up after eight seconds.
_WAIT_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 8.0)


class Pool:
    """The connections of one engine: as many as its own pool keeps, and waited for as long."""

    def __init__(
        self, engine: Engine, availability: Availability, check_kept: Callable[[], None]
    ) -> None:
        """Have `check_kept` called before a connection is lent that was opened before."""
        own = engine.pool
        self.size, self._most_seconds = (
            (own.size(), own.timeout()) if isinstance(own, QueuePool) else _IN_MEMORY
        )
        self.waiting = 0
        self.waits = Histogram(_WAIT_SECONDS)
        self.availability = availability
        self._engine, self._check_kept = engine, check_kept
        # One for each connection that is not in use, whether it is open or yet to be opened. The queue
        # is in C: the standard library's, or gevent's once it has patched that.
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(self.size):
            self._places.put(None)
        self._kept: deque[Connection] = deque()
        # A connection of SQLite has to read its pages again after another one has written: three in turn
        # took a tenth more CPU for an answer than the last one again and again. Those of PostgreSQL
        # take turns, so that no gateway finds one idle, and drops it.
        self._next_kept = self._kept.pop if is_sqlite(engine) else self._kept.popleft
        event.listen(engine, "engine_disposed", lambda _engine: self._drop_kept())

    def lend(self) -> "Lent":
        return Lent(self)

    @property
    def in_use(self) -> int:
        return self.size - self._places.qsize()

    def take(self) -> Connection:
        """Take a connection without a transaction; it must be given back. Raises StoreBusy."""
        self.waiting += 1
        began_at = time.monotonic()
        try:
            self._places.get(timeout=self._most_seconds)
        except Empty:
            raise StoreBusy from None
        finally:
            self.waiting -= 1
            self.waits.observe(time.monotonic() - began_at)
        try:
            return self._kept_or_new()
        except BaseException:
            self._places.put(None)
            raise

    def give_back(self, connection: Connection, *, has_failed: bool) -> None:
        try:
            if self._is_clean(connection) and not has_failed:
                self._kept.append(connection)
                return
            if connection.invalidated:
                self._drop_kept()  # after a restart of the server all of them are dead
            connection.close()
        finally:
            self._places.put(None)

    def _kept_or_new(self) -> Connection:
        try:
            connection = self._next_kept()
        except IndexError:
            return self._engine.connect().execution_options(**AUTOCOMMIT)
        try:
            self._check_kept()
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_clean(self, connection: Connection) -> bool:
        """Undo what was not committed; return whether the next one can use the connection.

        That it cannot be undone here, as of a connection that broke meanwhile, is no error of the use.
        """
        try:
            connection.rollback()
        except DBAPIError:
            return False
        return not connection.invalidated

    def _drop_kept(self) -> None:
        """Close them, below SQLAlchemy's pool as well."""
        with suppress(IndexError):
            while True:
                connection = self._kept.pop()
                connection.invalidate()
                connection.close()


class Lent:
    """A connection for the time of a `with`, without a transaction.

    Errors of the database are raised as StoreUnavailable, and noted. After any error the connection
    is not kept, so that nothing of it is left to the next one who uses it.
    """

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __enter__(self) -> Connection:
        try:
            self._connection = self._pool.take()
        except Exception as error:
            self._pool.availability.raise_for(error)
            raise
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._pool.give_back(self._connection, has_failed=error is not None)
        if error is None:
            self._pool.availability.note_answer()
        else:
            self._pool.availability.raise_for(error)
