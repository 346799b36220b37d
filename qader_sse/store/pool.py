"""Takes connections from the pool of an engine, and counts who waits for one."""

import time

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

from qader_sse.histogram import Histogram

# PostgreSQL's pool gives up after eight seconds.
_WAIT_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 8.0)


class Pool:
    """The connections of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.waiting = 0
        self.waits = Histogram(_WAIT_SECONDS)
        self._engine = engine

    def connect(self) -> Connection:
        """Take a connection, which returns to the pool when it is closed."""
        self.waiting += 1
        began_at = time.monotonic()
        try:
            return self._engine.connect()
        finally:
            self.waiting -= 1
            self.waits.observe(time.monotonic() - began_at)

    @property
    def in_use(self) -> int:
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @property
    def size(self) -> int:
        """How many connections it keeps; 0 where it does not count them, as of SQLite in memory."""
        pool = self._engine.pool
        return pool.size() if isinstance(pool, QueuePool) else 0
