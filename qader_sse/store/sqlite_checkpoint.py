"""Writes what SQLite's write-ahead log has back into the database, in a thread.

By itself, SQLite does so within a COMMIT, each thousand pages, and waits for the disk: all requests and
streams of the worker stood still meanwhile, for 8 to 20 ms. `sqlite.prepare` leaves that to it for a
log that has become ten times as long, as it does where no worker runs.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from qader_sse.store.database import Database

logger = logging.getLogger(__name__)

# The log begins anew with the first commit after one at which all of it was written back. While there
# are always some, that takes keeping them waiting: from this many pages, 8 MB, on.
_LONG = 2_000
_InThread = Callable[..., tuple[Any, float]]


class Checkpoints:
    """Those of one database: each writes back what no reader still needs as it was before."""

    # How often a background task calls `run_once`.
    INTERVAL_SECONDS = 1.0

    def __init__(self, database: Database, path: str, in_thread: _InThread) -> None:
        """Write back the database at a path; `in_thread` is `SlowThreads.run`."""
        self._database = database
        self._log = f"{path}-wal"
        self._in_thread = in_thread
        self._done_at: int | None = (
            None  # when the log was written that is known to be written back
        )
        self._has_failed = False

    def run_once(self) -> None:
        """Write back what any process has committed since. Raises StoreUnavailable.

        That the disk is full, or broken, is logged, once. What is committed is safe in the log.
        """
        changed_at = self._changed_at()
        if changed_at == self._done_at:
            return
        try:
            with self._database.pool.lend() as connection:
                pages, left = self._write_back(connection)
            if pages > _LONG:
                with self._database.comparing() as at:  # no commit adds to the few that are left
                    _, left = self._write_back(at.connection)
        except sqlite3.Error as error:
            if not self._has_failed:
                logger.error(  # its sentence says all
                    "SQLite's log cannot be written back, and grows until that is mended (%s)",
                    error,
                )
            self._has_failed = True
            return
        if self._has_failed:
            logger.warning("SQLite's log is written back again")
        self._has_failed = False
        if not left:
            self._done_at = changed_at

    def _changed_at(self) -> int | None:
        try:
            return os.stat(self._log).st_mtime_ns
        except OSError:
            return None  # nothing was committed yet, or the database is gone, as others say

    def _write_back(self, connection: Connection) -> tuple[int, int]:
        """Return how many pages the log has, and how many of them are left to be written back."""
        found, _ = self._in_thread(_checkpoint, connection.connection.driver_connection)
        if isinstance(found, sqlite3.Error):
            raise found
        is_busy, pages, done = found
        return pages, 1 if is_busy else pages - done


def _checkpoint(connection: sqlite3.Connection) -> tuple[int, int, int] | sqlite3.Error:
    """Return what SQLite says of it, or its error: gevent prints one that a thread raises."""
    try:
        # Passive: it waits for nobody. It waits for the disk as one within a COMMIT does.
        found: tuple[int, int, int] = connection.execute(
            "PRAGMA wal_checkpoint(PASSIVE)"
        ).fetchone()
    except sqlite3.Error as error:
        return error
    return found
