"""SQLite beside gevent: whoever waits for the file waits in Python, where other greenlets can run.

A writer that waits for SQLite's lock waits in C: where the holder is a greenlet of the
same thread, the whole worker would stand still until the wait times out.
"""

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError

from qader_sse.store.errors import StoreBusy

# How long a transaction waits for another process (a command, a backup) to let go of the file.
BUSY_SECONDS = 10.0
_BUSY_PAUSE_SECONDS = 0.01

READ_OPTIONS = {"begin": "BEGIN"}
WRITE_OPTIONS = {"begin": "BEGIN IMMEDIATE"}
AUTOCOMMIT_OPTIONS = {"begin": ""}  # one statement is a transaction of its own


def prepare(engine: Engine) -> None:
    """Make every connection of the engine begin as the options above say."""

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # for the type checker
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing; a power cut may lose the last moments, never consistency.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Hardly wait in C; _begin waits where other greenlets can run.
        connection.execute("PRAGMA busy_timeout=50")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        statement = options.get("begin", "BEGIN")
        if statement:
            give_up_at = options.get("give_up_at", time.monotonic() + BUSY_SECONDS)
            _begin(connection, statement, give_up_at)


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
