"""Writes what SQLite's write-ahead log has back into the database, in a thread.

By itself, SQLite does so within a COMMIT, each thousand pages, and waits for the disk: all requests and
streams of the worker stood still meanwhile, for 8 to 20 ms. `sqlite.prepare` leaves that to it for a
log that has become ten times as long, as it does where no worker runs.

The log begins anew with the first commit after all of it was written back, and that COMMIT waits for
the disk still, once, for the log's first bytes. So it is not done more often than by SQLite itself.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from qader_sse.store.database import Database

logger = logging.getLogger(__name__)

# From how many bytes on a log is written back: a thousand pages. By `sqlite.prepare`, a log that begins
# anew is a short file.
_WORTH_IT = 4_000_000
# While there are always commits, the log begins anew only if they are kept waiting, those of other
# processes as well: from here on.
_LONG = 8_000_000
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
        # When the log was changed last, of which all is known to be written back.
        self._done_at: int | None = None
        self._has_failed = False

    def run_once(self) -> None:
        """Write back what any process has committed since. Raises StoreUnavailable.

        That the disk is full, or broken, is logged, once. What is committed is safe in the log.
        """
        try:
            log = os.stat(self._log)
        except OSError:
            return  # nothing was committed yet, or the database is gone, as others say
        if log.st_size < _WORTH_IT or log.st_mtime_ns == self._done_at:
            return
        try:
            with self._database.autocommit() as connection:
                is_whole = self._write_back(connection, "PASSIVE")  # waits for nobody
            if log.st_size > _LONG:
                # No commit adds to the few that are left. Other workers wait for that in C, as for any
                # commit; a reader is waited for no longer than 50 ms, by `sqlite.prepare`.
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
