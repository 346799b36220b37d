"""Transactions: one a use case, announced after commit."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from qader_sse.domain.events import Draft, Event
from qader_sse.store import log

logger = logging.getLogger(__name__)

Announce = Callable[[Sequence[Event]], None]

# How long a writer waits for another process (a command, a backup) to let go of the file.
_BUSY_SECONDS = 10.0
_BUSY_PAUSE_SECONDS = 0.01


class StoreBusy(Exception):
    """Another process holds the database; nothing has changed, and later it may work."""


class Transaction:
    """An open write transaction, and the events it will have caused."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events: list[Event] = []

    def append(self, drafts: Sequence[Draft], now: datetime) -> None:
        self.events += log.append(self.session, drafts, now)


class Database:
    """Opens transactions on one engine."""

    def __init__(self, engine: Engine, announce: Announce) -> None:
        self._engine = engine
        self._announce = announce
        self.failed_announcements = 0
        is_sqlite = engine.dialect.name == "sqlite"
        self._write_options: dict[str, Any] = {}
        self._read_options: dict[str, Any] = {
            "isolation_level": "REPEATABLE READ",
            "postgresql_readonly": True,
        }
        # A writer that waits for SQLite's lock waits in C: where the holder is a greenlet
        # of the same thread, the whole worker stands still until the wait times out.
        self._one_writer = threading.Lock() if is_sqlite else None
        if is_sqlite:
            self._write_options = {"begin": "BEGIN IMMEDIATE"}
            self._read_options = {"begin": "BEGIN"}
            _prepare_sqlite(engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a write transaction; commit it at the end, then announce its events.

        Announcing never fails what is already committed: streams find in the log
        what they were not told of. Raises StoreBusy.
        """
        give_up_at = time.monotonic() + _BUSY_SECONDS
        with self._turn(), Session(self._engine, expire_on_commit=False) as session:
            session.connection(execution_options=self._write_options | {"give_up_at": give_up_at})
            tx = Transaction(session)
            yield tx
            session.commit()
        if not tx.events:
            return
        try:
            self._announce(tx.events)
        except Exception:
            self.failed_announcements += 1
            logger.exception("announce failed topic=%s", tx.events[0].topic)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._one_writer is None:
            yield
            return
        if not self._one_writer.acquire(timeout=_BUSY_SECONDS):
            raise StoreBusy
        try:
            yield
        finally:
            self._one_writer.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read transaction that sees one moment of the database, however many queries."""
        with Session(self._engine) as session:
            session.connection(execution_options=self._read_options)
            yield session


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # for the type checker
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing; a power cut may lose the last moments, never consistency.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Hardly wait in C, see _one_writer; _begin waits where other greenlets can run.
        connection.execute("PRAGMA busy_timeout=50")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        give_up_at = options.get("give_up_at", time.monotonic() + _BUSY_SECONDS)
        _begin(connection, options.get("begin", "BEGIN"), give_up_at)


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
