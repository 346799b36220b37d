"""Whether the database answers, for health checks: asked by a connection outside the pool.

While all connections of the pool are in use, the service is busy, not down. A health check that
waited for one of them took eight seconds, and a balancer dropped the node that had most to do.
"""

import time
from collections.abc import Callable

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from qader_sse.store.dialect import dialect_of
from qader_sse.store.errors import StoreAway

# A database that has not answered for this long is away. It usually answers within milliseconds,
# but a check that a cut network swallows ends only after five seconds.
_MAX_AGE_SECONDS = 3.0


class DatabaseCheck:
    """Sends a query again and again, and knows the outcome of the last one at any moment."""

    # How often a background task calls `run_once`.
    INTERVAL_SECONDS = 1.0

    def __init__(self, engine: Engine, ticks: Callable[[], float] = time.monotonic) -> None:
        """Use an engine that nothing else waits for, with at least one connection."""
        self._engine = engine
        self._dialect = dialect_of(engine)
        self._ticks = ticks
        self._answered_at: float | None = None
        self._has_failed = False
        self._is_running = False

    @property
    def is_reachable(self) -> bool:
        """Whether the database has answered lately. Never waits while a check is running.

        Where no background task checks, as in tests, an old answer is renewed here.
        """
        if not self._is_running and not self._is_recent:
            self.run_once()
        return self._is_recent and not self._has_failed

    @property
    def age_seconds(self) -> float | None:
        """How long ago the database answered last, or None if it never has."""
        return None if self._answered_at is None else self._ticks() - self._answered_at

    def run_once(self) -> None:
        """Send the query; takes seconds if the network drops it without an answer."""
        self._is_running = True
        try:
            self._has_failed = not self._is_answered()
        finally:
            self._is_running = False

    def close(self) -> None:
        """Close the connection; the next check opens one again."""
        self._engine.dispose()

    @property
    def _is_recent(self) -> bool:
        age = self.age_seconds
        return age is not None and age <= _MAX_AGE_SECONDS

    def _is_answered(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection = connection.execution_options(**self._dialect.AUTOCOMMIT_OPTIONS)
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            # A database that is busy has answered, although not with a row.
            if self._dialect.failure_of(error) in (StoreAway, None):
                return False
        self._answered_at = self._ticks()
        return True
