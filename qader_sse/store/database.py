"""Transactions: one a use case, announced after commit."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from qader_sse.domain.events import Draft, Event
from qader_sse.jitter import jittered
from qader_sse.store import event_log, postgres, sqlite
from qader_sse.store.errors import Conflict, OutcomeUnknown, StoreAway, StoreBusy, StoreUnavailable

logger = logging.getLogger(__name__)

Announce = Callable[[Sequence[Event]], None]
Self = TypeVar("Self")
Args = ParamSpec("Args")
Result = TypeVar("Result")

# A database that is away is asked once more: after a restart only the old connections are dead.
_TRIES = {Conflict: 3, StoreAway: 2}
_RETRY_PAUSE_SECONDS = 0.02


class Transaction:
    """An open write transaction, the events it appends, and what follows its commit."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._after_commit: list[Callable[[], None]] = []

    def append(self, drafts: Sequence[Draft], now: datetime) -> list[Event]:
        """Append events to the log; they are announced after the commit."""
        events = event_log.append(self.connection, drafts, now)
        self.events += events
        return events

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the transaction is committed, and never if it is rolled back."""
        self._after_commit.append(callback)

    def committed(self) -> None:
        for callback in self._after_commit:
            callback()


class Database:
    """Opens transactions on one engine."""

    def __init__(self, engine: Engine, announce: Announce) -> None:
        self._engine = engine
        self._announce = announce
        self.failed_announcements = 0
        self.is_up = True
        self._when_availability_changes: list[Callable[[], None]] = []
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._read_options: dict[str, Any] = postgres.READ_OPTIONS
        self._autocommit_options: dict[str, Any] = postgres.AUTOCOMMIT_OPTIONS
        self._write_options: dict[str, Any] = {}
        # One writer at a time, so that nobody waits for SQLite's own lock: see store/sqlite.py.
        self._one_writer = threading.Lock() if self._is_sqlite else None
        if self._is_sqlite:
            self._read_options, self._write_options = sqlite.READ_OPTIONS, sqlite.WRITE_OPTIONS
            self._autocommit_options = sqlite.AUTOCOMMIT_OPTIONS
            sqlite.prepare(engine)
        else:
            postgres.prepare(engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a write transaction; commit it at the end, then announce its events.

        Announcing never fails what is already committed: streams find in the log
        what they were not told of. Raises StoreUnavailable.
        """
        give_up_at = time.monotonic() + sqlite.BUSY_SECONDS
        with self._guarded(), self._turn(), self._engine.connect() as connection:
            connection.execution_options(**self._write_options, give_up_at=give_up_at)
            connection.begin()
            tx = Transaction(connection)
            yield tx
            self._commit(connection)
        tx.committed()
        if not tx.events:
            return
        try:
            self._announce(tx.events)
        except Exception:
            self.failed_announcements += 1
            logger.exception("announce failed topic=%s", tx.events[0].topic)

    @contextmanager
    def read_transaction(self) -> Iterator[Connection]:
        """Open a read transaction that sees one moment of the database, however many queries.

        Raises StoreUnavailable.
        """
        with self._guarded(), self._engine.connect() as connection:
            yield connection.execution_options(**self._read_options)

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Open a connection for one statement, or for some that need not see the same moment.

        Spares PostgreSQL two round trips. Raises StoreUnavailable.
        """
        with self._guarded(), self._engine.connect() as connection:
            yield connection.execution_options(**self._autocommit_options)

    def when_availability_changes(self, callback: Callable[[], None]) -> None:
        """Call this each time the database becomes unreachable, or reachable again."""
        self._when_availability_changes.append(callback)

    def is_reachable(self) -> bool:
        """Ask the database for a sign of life; takes seconds where the network says nothing."""
        try:
            with self.autocommit() as connection:
                connection.execute(text("SELECT 1"))
        except StoreBusy:
            return True  # it answers, only not us
        except StoreUnavailable:
            return False
        return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._one_writer is None:
            yield
            return
        if not self._one_writer.acquire(timeout=sqlite.BUSY_SECONDS):
            raise StoreBusy
        try:
            yield
        finally:
            self._one_writer.release()

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            if self._meaning(error) is StoreAway:
                self._note(is_up=False)
                raise OutcomeUnknown from error
            raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except NoConnectionFree as error:
            raise StoreBusy from error
        except DBAPIError as error:
            kind = self._meaning(error)
            if kind is None:
                raise
            if kind is StoreAway:
                self._note(is_up=False, reason=error.orig)
            raise kind from error
        self._note(is_up=True)

    def _meaning(self, error: DBAPIError) -> type[StoreUnavailable] | None:
        # SQLite's one excuse, a locked file, is met where transactions begin.
        return None if self._is_sqlite else postgres.meaning(error)

    def _note(self, *, is_up: bool, reason: object = "the connection broke") -> None:
        if is_up == self.is_up:
            return
        self.is_up = is_up
        for callback in self._when_availability_changes:
            callback()
        if is_up:
            logger.warning("the database is back")
        else:
            logger.warning("degraded: the database is away (%s)", str(reason).strip())


def retried(
    use_case: Callable[Concatenate[Self, Args], Result],
) -> Callable[Concatenate[Self, Args], Result]:
    """Run a use case again where the database undid it, or went away before its commit.

    Only for what is one transaction and takes all it needs as arguments: nothing of the
    first try is left. A broken commit (OutcomeUnknown) is not tried again: it may have
    happened.
    """

    @wraps(use_case)
    def persistent(self: Self, /, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        tried = 0
        while True:
            tried += 1
            try:
                return use_case(self, *args, **kwargs)
            except (Conflict, StoreAway) as error:
                if tried >= _TRIES[type(error)]:
                    raise
            time.sleep(jittered(_RETRY_PAUSE_SECONDS, 0.5, 1.5))

    return persistent
