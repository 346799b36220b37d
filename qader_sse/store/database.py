"""Transactions: one for each use case, whose events are announced after its commit."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from qader_sse import request_ids
from qader_sse.domain.events import Draft, Event
from qader_sse.store import announced_change, event_log, event_log_origin
from qader_sse.store.availability import Availability
from qader_sse.store.compare_and_set import WriteTurn
from qader_sse.store.dialect import dialect_of
from qader_sse.store.driver_cursor import send
from qader_sse.store.errors import OutcomeUnknown, StoreAway
from qader_sse.store.event_log_origin import Origin, OriginChanged, Seen
from qader_sse.store.pool import Pool
from qader_sse.store.row_changes import RowChange

logger = logging.getLogger(__name__)

Announce = Callable[[Sequence[Event]], None]
_NO_CHANGES: Mapping[str, Sequence[RowChange]] = {}


class Transaction:
    """An open write transaction, the events it appends, and what follows its commit."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._after_commit: list[Callable[[], None]] = []

    def append(
        self,
        drafts: Sequence[Draft],
        now: datetime,
        changes: Mapping[str, Sequence[RowChange]] = _NO_CHANGES,
    ) -> list[Event]:
        """Append events to the log, with what caused them; they are announced after the commit.

        `changes` are the rows to write with them, by the topic whose announcement says so.
        """
        cause = request_ids.current.get()
        events = event_log.append(self.connection, drafts, changes.values(), now, cause)
        announced_change.attach(events, changes)
        self.events += events
        return events

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Have the callback called after the commit, and never after a rollback."""
        self._after_commit.append(callback)

    def committed(self) -> None:
        for callback in self._after_commit:
            callback()


class Database:
    """Opens connections and transactions on one engine."""

    def __init__(self, engine: Engine, announce: Announce) -> None:
        self.appended: Counter[str] = Counter()  # events that were committed, by type
        self.announced = self.failed_announcements = 0
        self._announce = announce
        self._when_commits_are_lost: list[Callable[[], None]] = []
        self._origin: Origin | None = None  # as it was last read
        self._seen = Seen()
        engine.update_execution_options(seen=self._seen)
        self._dialect = dialect_of(engine)
        self.availability = Availability(self._dialect)
        self.pool = Pool(engine, self.availability, self._dialect.prepare(engine))
        self._writer_lock = self._dialect.writer_lock()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a write transaction, commit it at the end, then announce its events.

        If the block raises, the transaction is rolled back. Raises StoreUnavailable; then nothing
        has changed, unless it is OutcomeUnknown.
        """
        try:
            with self._writing() as connection:
                tx = Transaction(connection)
                yield tx
                self._commit(connection)
        except OriginChanged:
            self.check_origin()
            raise
        tx.committed()
        self._announce_committed(tx.events)

    @contextmanager
    def write_turn(self) -> Iterator[WriteTurn]:
        """Wait for the writer lock and a connection, and lend it without a transaction.

        What `append_at` is to compare is best read in the block: before the wait, it would be out of
        date more often. Raises StoreUnavailable.
        """
        with self._writer_lock as give_up_at, self.pool.lend() as connection:
            yield WriteTurn(connection, give_up_at)

    def append_at(
        self,
        turn: WriteTurn,
        topic: str,
        head: int,
        drafts: Sequence[Draft],
        changes: Sequence[RowChange],
        now: datetime,
        then: Callable[[], None],
    ) -> bool:
        """Append events to one topic, and change rows, if the topic's head is still this one.

        Returns whether it was; if so, `then` is called after the commit, and the events are
        announced. On PostgreSQL it is one statement, without a transaction around it, so any of its
        failures may be that of a commit. Raises StoreUnavailable; then nothing has changed, unless
        it is OutcomeUnknown.
        """
        cause, connection = request_ids.current.get(), turn.connection
        has_begun = self._dialect.begin_compare_and_set(connection, turn.give_up_at)
        try:
            events = event_log.append_at(connection, topic, head, drafts, changes, now, cause)
            if has_begun:
                send(connection, "COMMIT")
        except DBAPIError as error:
            self._require_known(error)
            raise
        if not events:
            return False
        self.availability.note_write()
        then()
        announced_change.attach(events, {topic: changes})
        self._announce_committed(events)
        return True

    @contextmanager
    def read_transaction(self) -> Iterator[Connection]:
        """Open a transaction whose queries all see the database as of the same moment.

        Raises StoreUnavailable.
        """
        with self.pool.lend() as connection:
            self._dialect.begin_read(connection)
            connection.begin()  # tells SQLAlchemy, whose sessions end transactions that they began
            yield connection
            try:
                # After a ROLLBACK, psycopg forgets all that this connection has prepared.
                connection.commit()
            except DBAPIError as error:
                with suppress(OutcomeUnknown):  # what was read holds, but the loss is noted
                    self._require_known(error)

    def autocommit(self) -> AbstractContextManager[Connection]:
        """Open a connection without a transaction: each statement sees its own moment.

        Takes two round trips to PostgreSQL less than a transaction. Raises StoreUnavailable.
        """
        return self.pool.lend()

    def check_origin(self) -> None:
        """Find out whether the database has lost commits since any worker last checked this.

        If so, sequence numbers leap, and the callbacks of `when_commits_are_lost` drop what this
        worker remembers of the database. Raises StoreUnavailable.
        """
        # Now, because another check may come first.
        written, started = self._seen.written, self._seen.started
        with self.autocommit() as connection:
            origin = event_log_origin.read(connection)
        is_new_start = started not in (None, origin.started) and origin.present is not None
        is_shorter = is_new_start and origin.recovered < written
        if is_shorter or not origin.is_recorded:
            base = self._origin.base if self._origin else None
            origin = self._record_origin(has_lost_commits=is_shorter, known_base=base)
        self._notice(origin)

    def leap(self) -> None:
        """Issue much higher numbers from now on, as after lost commits: every cursor gets a reset.

        Raises StoreUnavailable.
        """
        self._notice(self._record_origin(has_lost_commits=True))

    def when_commits_are_lost(self, callback: Callable[[], None]) -> None:
        """Have the callback called each time commits turn out to be lost. It must not block."""
        self._when_commits_are_lost.append(callback)

    def when_availability_changes(self, callback: Callable[[], None]) -> None:
        """Have the callback called each time the database becomes unreachable or reachable."""
        self.availability.when_it_changes(callback)

    def _record_origin(self, *, has_lost_commits: bool, known_base: int | None = None) -> Origin:
        with self._writing() as connection:
            event_log_origin.record(
                connection, has_lost_commits=has_lost_commits, known_base=known_base
            )
            origin = event_log_origin.read(connection)
            self._commit(connection)
        return origin

    def _notice(self, origin: Origin) -> None:
        known, self._origin = self._origin, origin
        self._seen.started = origin.started
        self._seen.note_written(origin.written)
        if known is not None and known.base != origin.base:
            self._seen.written = origin.written
            logger.warning("the database has lost commits: clients get a reset of each topic")
            for callback in self._when_commits_are_lost:
                callback()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._writer_lock as give_up_at, self.pool.lend() as connection:
            self._dialect.begin_write(connection, give_up_at)
            connection.begin()  # see `read_transaction`
            yield connection

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            self._require_known(error)
            raise
        self.availability.note_write()

    def _require_known(self, error: DBAPIError) -> None:
        """Raise OutcomeUnknown if this error of a commit says that the connection broke."""
        if type(self._dialect.failure_of(error)) is StoreAway:
            self.availability.note_loss()
            raise OutcomeUnknown from error

    def _announce_committed(self, events: Sequence[Event]) -> None:
        # A failure here must not fail a use case that is committed. Without an announcement,
        # streams find the events when they catch up with the log.
        if not events:
            return
        for event in events:
            self.appended[event.type] += 1
        try:
            self._announce(events)
            self.announced += len(events)
        except Exception:
            self.failed_announcements += 1
            logger.exception("announce failed topic=%s", events[0].topic)
