"""Whether the database answers, for health checks: PostgreSQL by a connection outside the pool.

While all connections of the pool are in use, the service is busy, not down. A health check that
waited for one of them took eight seconds, and a balancer dropped the node that had most to do.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine, func, literal_column, select, update
from sqlalchemy.exc import DBAPIError

from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import dialect_of, is_sqlite
from qader_sse.store.errors import Fault, StoreBroken, StoreBusy, StoreUnavailable
from qader_sse.store.event_log_origin import EventLogOrigin

# A database that has not answered for this long is away. It usually answers within milliseconds,
# but a check over a cut network ends only after five seconds.
_MAX_AGE_SECONDS = 3.0
# The time between two checks that write.
_WRITE_SECONDS = 5.0

_READ = CompiledStatement(select(literal_column("1")))
_READ_CLOCK = CompiledStatement(select(func.clock_timestamp()))
_WRITE = CompiledStatement(update(EventLogOrigin).values(base=EventLogOrigin.base))


class FollowingClock(Protocol):
    """A clock that takes the time of another one."""

    def __call__(self) -> datetime: ...

    def follow(self, difference: timedelta, uncertainty: timedelta) -> None:
        """Note how far the other clock is ahead of this one, and how wrong that may be."""


class DatabaseCheck:
    """Queries the database, and reports its last answer without waiting for the next one."""

    # How often a background task calls `run_once`.
    INTERVAL_SECONDS = 1.0

    def __init__(
        self,
        engine: Engine,
        clock: FollowingClock | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use an engine whose connections no request uses, where the database is PostgreSQL.

        The clock, if one is given, follows that of PostgreSQL; SQLite has none.
        """
        self._engine = engine
        self._clock = None if is_sqlite(engine) else clock
        self._dialect = dialect_of(engine)
        self._ticks = ticks
        self._answered_at: float | None = None
        self._fault: Fault | Literal["away"] | None = None
        self._written_at: float | None = None
        # Whether a background task calls `run_once`. Over a cut network that takes seconds, for which
        # nobody who asks for the state may have to wait.
        self.is_repeated = False

    @property
    def is_reachable(self) -> bool:
        """Whether the database has answered within three seconds, and shown no fault.

        Where no background task checks, as in tests, checks now and waits for that if the answer is
        older.
        """
        if not self.is_repeated and not self._is_recent:
            self.run_once()
        return self._is_recent and self._fault is None

    @property
    def state(self) -> str:
        """Return "ok", "away", or what has to be mended."""
        return "ok" if self.is_reachable else self._fault or "away"

    @property
    def age_seconds(self) -> float | None:
        """How long ago the database answered last, or None if it never has."""
        return None if self._answered_at is None else self._ticks() - self._answered_at

    def run_once(self) -> None:
        """Query the database, and write every five seconds; takes seconds if the network is cut."""
        must_write = self._must_write
        try:
            with self._engine.connect() as connection:
                self._read(connection)
                if must_write:
                    _WRITE.run(connection, {})
        except StoreBroken as broken:
            self._fault = broken.fault
        except DBAPIError as error:
            failure = self._dialect.failure_of(error)
            if isinstance(failure, StoreBroken):
                self._fault = failure.fault
            elif isinstance(failure, StoreBusy):
                # The database answered, if only by a refusal; whether it takes writes is unknown.
                self._fault = None if self._fault == "away" else self._fault
                self._answered_at = self._ticks()
            else:
                self._fault = "away"
        else:
            self._fault = None
            self._answered_at = self._ticks()
            if must_write:
                self._written_at = self._answered_at

    def set_clock(self) -> None:
        """Set the clock by PostgreSQL's, for a command: no task calls `run_once` for it.

        Writes nothing. If the database does not answer, the clock stays as it is.
        """
        if self._clock is None:
            return
        with suppress(StoreUnavailable, DBAPIError), self._engine.connect() as connection:
            self._read(connection)

    def close(self) -> None:
        """Close the connection; the next check opens one again."""
        self._engine.dispose()

    @property
    def _is_recent(self) -> bool:
        age = self.age_seconds
        return age is not None and age <= _MAX_AGE_SECONDS

    @property
    def _must_write(self) -> bool:
        # A full disk still answers queries. After a fault only a write shows that it is over.
        last = self._written_at
        return last is None or self._fault is not None or self._ticks() - last > _WRITE_SECONDS

    def _read(self, connection: Connection) -> None:
        if self._clock is None:
            _READ.run(connection, {})
            return
        asked_at = self._clock()
        ((server_time,),) = _READ_CLOCK.run(connection, {})
        half = (self._clock() - asked_at) / 2
        self._clock.follow(server_time - (asked_at + half), half)
