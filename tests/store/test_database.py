"""Transactions: one writer at a time on SQLite, and no failure after the commit reaches the caller."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from qader_sse.domain.events import Draft, Event
from qader_sse.store import event_log
from qader_sse.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def draft() -> Draft:
    return Draft("challenge:1", "participant.update", {})


class Rollback(Exception):
    """Raised inside a transaction on purpose."""


def append_and_fail(database: Database) -> None:
    with database.transaction() as tx:
        tx.append([draft()], NOW)
        raise Rollback


def failing_announce(events: Sequence[Event]) -> None:
    raise ConnectionError("the bus is away")


def test_an_announcement_that_fails_does_not_fail_the_committed_action(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(database_url)
    database = Database(engine, announce=failing_announce)
    with caplog.at_level(logging.ERROR), database.transaction() as tx:
        tx.append([draft()], NOW)

    with database.read_transaction() as connection:
        assert event_log.bounds(connection, "challenge:1").head == 1
    assert database.failed_announcements == 1
    assert "announce failed topic=challenge:1" in caplog.text
    engine.dispose()


def test_events_are_announced_only_after_the_commit(database_url: str) -> None:
    engine = create_engine(database_url)
    heads_when_announced: list[int] = []

    def announce(events: Sequence[Event]) -> None:
        with database.read_transaction() as connection:
            heads_when_announced.append(event_log.bounds(connection, events[-1].topic).head)

    database = Database(engine, announce)
    with database.transaction() as tx:
        tx.append([draft(), draft()], NOW)
        assert heads_when_announced == []
    with pytest.raises(Rollback):
        append_and_fail(database)

    assert heads_when_announced == [2]
    engine.dispose()


def test_a_writer_waiting_for_another_process_lets_other_greenlets_run(
    database_url: str, tmp_path: object
) -> None:
    """SQLite itself waits in C, which would stop every stream of the worker."""
    path = database_url.removeprefix("sqlite:///")
    program = f"""
import gevent.monkey; gevent.monkey.patch_all()
import sqlite3, sys, gevent
from gevent.event import Event
from datetime import UTC, datetime
from sqlalchemy import create_engine
from qader_sse.domain.events import Draft
from qader_sse.store.database import Database

other = sqlite3.connect({path!r}, isolation_level=None)
database = Database(create_engine({database_url!r}), announce=lambda events: None)
with database.read_transaction() as connection:
    pass
other.execute("BEGIN IMMEDIATE")

def write():
    with database.transaction() as tx:
        tx.append([Draft("challenge:1", "participant.update", {{}})], datetime.now(UTC))

writer = gevent.spawn(write)
with gevent.Timeout(8, "the worker stood still"):
    for tick in range(30):
        Event().wait(0.01)
assert not writer.ready(), "the other process still holds the database"
other.execute("ROLLBACK")
writer.get(timeout=5)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_sqlite_runs_in_wal_mode_with_foreign_keys_and_a_bounded_page_cache(
    database_url: str,
) -> None:
    engine = create_engine(database_url)
    database = Database(engine, announce=lambda events: None)
    with database.read_transaction() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA cache_size")) == -1_000  # KiB
        assert connection.scalar(text("PRAGMA wal_autocheckpoint")) == 10_000  # pages
        assert (
            connection.scalar(text("PRAGMA journal_size_limit")) == 0
        )  # a new log is a short file
        assert connection.scalar(text("PRAGMA synchronous")) == 1  # NORMAL
    engine.dispose()


def test_the_writer_lock_is_released_when_a_writer_fails(database_url: str) -> None:
    engine = create_engine(database_url)
    database = Database(engine, announce=lambda events: None)
    for _ in range(3):
        with pytest.raises(Rollback):
            append_and_fail(database)
    with database.transaction() as tx:
        tx.append([draft()], NOW)
    assert [event.seq for event in tx.events] == [1]
    engine.dispose()
