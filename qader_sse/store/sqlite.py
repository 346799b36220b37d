"""SQLite beside gevent: a transaction that waits for the file lets other greenlets run.

SQLite's own waiting for a lock happens in C. Where the lock's holder is a greenlet of the same
thread, it could not run meanwhile, and the whole worker would stand still until the wait times
out. So the writers of a process take turns by a lock in Python, and for other processes BEGIN is
tried again with pauses.
"""

import os
import sqlite3
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError

from qader_sse.store.errors import StoreBusy

# How long a transaction waits for another process (a command, a backup) to release the file.
_BUSY_SECONDS = 10.0
_BUSY_PAUSE_SECONDS = 0.01
# A number that Linux makes at each start of the machine.
_BOOT = Path("/proc/sys/kernel/random/boot_id")

READ_OPTIONS: dict[str, Any] = {"begin": "BEGIN"}
AUTOCOMMIT_OPTIONS: dict[str, Any] = {"begin": ""}  # each statement is a transaction of its own


def write_options() -> dict[str, Any]:
    # The waits for the process's own lock and for the file end at the same time.
    return {"begin": "BEGIN IMMEDIATE", "give_up_at": time.monotonic() + _BUSY_SECONDS}


def writer_lock() -> AbstractContextManager[None]:
    return _WriterLock()


def failure_of(error: DBAPIError) -> None:
    """Return None: a file that is locked, SQLite's only failure, is handled where BEGIN is sent."""


def prepare(engine: Engine) -> None:
    """Make every connection of the engine begin its transactions as its options say."""

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # for the type checker
        connection.isolation_level = None  # the listener below sends BEGIN, not the driver
        connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing; a power cut may lose the last commits, never consistency.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Wait in C for 50 ms at most; `_begin` waits where other greenlets can run.
        connection.execute("PRAGMA busy_timeout=50")
        identity = _identity(engine.url.database)
        connection.create_function("event_log_identity", 0, lambda: identity)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        statement = options.get("begin", "BEGIN")
        if statement:
            give_up_at = options.get("give_up_at", time.monotonic() + _BUSY_SECONDS)
            _begin(connection, statement, give_up_at)


def _identity(path: str | None) -> str:
    """Return what differs for another file, and after a power cut, which may lose commits."""
    if not path or path == ":memory:":
        return "memory"
    file = os.stat(path)
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    return f"{file.st_dev}:{file.st_ino}:{boot}"


def _begin(connection: Any, statement: str, give_up_at: float) -> None:
    while True:
        try:
            connection.exec_driver_sql(statement)
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() > give_up_at:
                raise StoreBusy from error
            time.sleep(_BUSY_PAUSE_SECONDS)
        else:
            return


class _WriterLock:
    """Admits one writer of this process at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_BUSY_SECONDS):
            raise StoreBusy

    def __exit__(self, *error: object) -> None:
        self._lock.release()
