"""SQLite beside gevent: a transaction that waits for the file lets other greenlets run.

SQLite's own waiting for a lock happens in C. Where the lock's holder is a greenlet of the same
thread, it could not run meanwhile, and the whole worker would stand still until the wait times
out. So the writers of a process take turns by a lock in Python, and for other processes BEGIN is
tried again with pauses.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError

from qader_sse.store.driver_cursor import is_autocommit, send
from qader_sse.store.errors import Fault, StoreBroken, StoreBusy, StoreUnavailable
from qader_sse.store.sqlite_file import DatabaseFile

# How long a transaction waits for another process (a command, a backup) to release the file.
_BUSY_SECONDS = 10.0
_BUSY_PAUSE_SECONDS = 0.01
_PAGE_CACHE_KIB = 1_000
# When the write-ahead log has this many pages, a COMMIT writes it back itself. In a worker,
# `sqlite_checkpoint` does so long before.
_LONGEST_LOG = 10_000
_FAULTS: dict[int, Fault] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CANTOPEN: "io_error",
    sqlite3.SQLITE_IOERR: "io_error",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}


def begin_read(connection: Connection) -> None:
    send(connection, "BEGIN")


def begin_write(connection: Connection, give_up_at: float) -> None:
    while True:
        try:
            send(connection, "BEGIN IMMEDIATE")
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            if time.monotonic() > give_up_at:
                raise StoreBusy from error
            time.sleep(_BUSY_PAUSE_SECONDS)
        else:
            return


def begin_compare_and_set(connection: Connection, give_up_at: float) -> bool:
    begin_write(connection, give_up_at)
    return True  # SQLite needs several statements for it


def writer_lock() -> AbstractContextManager[float]:
    return _WriterLock()


def failure_of(error: DBAPIError) -> StoreUnavailable | None:
    # The lowest byte is the primary code, to which extended ones add detail.
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy()
    fault = _FAULTS.get(code)
    return StoreBroken(fault, str(error.orig)) if fault else None


def prepare(engine: Engine) -> Callable[[], None]:
    """Set up the engine's connections: pragmas, BEGIN unless options refuse it, checks of the file."""
    file = DatabaseFile(engine.url.database)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: object, record: object, cargs: object, cparams: object) -> None:
        file.require_same()  # SQLite would create an empty file in the place of a missing one
        file.keep_private()

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 # nosec B101  # for the type checker
        connection.isolation_level = None  # the listener below sends BEGIN, not the driver
        connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing; a power cut may lose the last commits, never consistency.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_LONGEST_LOG}")
        # When the log begins anew, its file is cut, and so tells how long the log is.
        connection.execute("PRAGMA journal_size_limit=0")
        connection.execute("PRAGMA foreign_keys=ON")
        # Wait in C for 50 ms at most; `begin_write` waits where other greenlets can run.
        connection.execute("PRAGMA busy_timeout=50")
        # Half of SQLite's own bound on the pages that a connection keeps. Linux keeps the others, and
        # to read one again from there takes some two microseconds.
        connection.execute(f"PRAGMA cache_size=-{_PAGE_CACHE_KIB}")
        identity = file.note_opened()
        connection.create_function("event_log_identity", 0, lambda: identity)

    @event.listens_for(engine, "engine_connect")
    def check(connection: Connection) -> None:
        try:
            file.require_same()
        except StoreBroken:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not is_autocommit(connection):
            begin_read(connection)

    return file.require_same


class _WriterLock:
    """Admits one writer of this process at a time. Raises StoreBusy after ten seconds.

    Says when to give up waiting for other processes: both waits end at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> float:
        give_up_at = time.monotonic() + _BUSY_SECONDS
        if not self._lock.acquire(timeout=_BUSY_SECONDS):
            raise StoreBusy
        return give_up_at

    def __exit__(self, *error: object) -> None:
        self._lock.release()
