"""Writes SQLite's write-ahead log back into the database, in a thread.

SQLite itself would do so within a COMMIT, after each thousand pages, and wait for the disk: all requests
and streams of the worker stood still meanwhile, for 8 to 20 ms. By `sqlite.prepare` it waits until the
log is ten times as long, which it becomes only where no worker runs.

The first commit after all of the log was written back begins the log anew, and this COMMIT does wait for
the disk, for the log's first bytes. So the log is not written back more often than by SQLite itself.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from qader_sse.store.database import Database

logger = logging.getLogger(__name__)

# From this size on, in bytes, a log is written back: a thousand pages, as SQLite has it. The file is as
# long as the log, because `sqlite.prepare` has it cut when the log begins anew.
_WORTH_IT = 4_000_000
# Where commits never cease, one has always added to the log before it could begin anew. So from this size
# on they are kept waiting, those of other processes as well.
_LONG = 8_000_000
_InThread = Callable[..., tuple[Any, float]]


class Checkpoints:
    """The checkpoints of one database. Each leaves to the next what a reader needs as it was."""

    # How often a background task calls `run_once`.
    INTERVAL_SECONDS = 1.0

    def __init__(self, database: Database, path: str, in_thread: _InThread) -> None:
        """Write back the database at a path; `in_thread` is `SlowThreads.run`."""
        self._database = database
        self._log = f"{path}-wal"
        self._in_thread = in_thread
        # The last change of the log, if all until then is known to be written back.
        self._done_at: int | None = None
        self._has_failed = False

    def run_once(self) -> None:
        """Write back what any process has committed since the last time. Raises StoreUnavailable.

        A disk that is full, or broken, is logged once: what is committed is safe in the log.
        """
        try:
            log = os.stat(self._log)
        except OSError:
            return  # nothing was committed yet, or the database is gone, which others report
        if log.st_size < _WORTH_IT or log.st_mtime_ns == self._done_at:
            return
        try:
            with self._database.autocommit() as connection:
                is_whole = self._write_back(connection, "PASSIVE")  # waits for nobody
            if log.st_size > _LONG:
                # No commit adds to the few pages that are left: other workers wait as for any commit. A
                # reader is waited for no longer than 50 ms, the `busy_timeout` of `sqlite.prepare`.
                with self._database.write_turn() as turn:
                    is_whole = self._write_back(turn.connection, "FULL")
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
        if is_whole:
            self._done_at = log.st_mtime_ns

    def _write_back(self, connection: Connection, mode: str) -> bool:
        """Return whether all of the log is known to be written back."""
        found, _ = self._in_thread(_checkpoint, connection.connection.driver_connection, mode)
        if isinstance(found, sqlite3.Error):
            raise found
        is_busy, pages, done = found
        return not is_busy and pages == done


def _checkpoint(connection: sqlite3.Connection, mode: str) -> tuple[int, int, int] | sqlite3.Error:
    """Return what SQLite says of it, or its error: gevent prints one that a thread raises."""
    try:
        # It waits for the disk as one within a COMMIT does.
        found: tuple[int, int, int] = connection.execute(
            f"PRAGMA wal_checkpoint({mode})"
        ).fetchone()
    except sqlite3.Error as error:
        return error
    return found
