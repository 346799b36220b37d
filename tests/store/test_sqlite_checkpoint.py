"""SQLite's log is written back into the database in a thread, and stays short."""

import logging
import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from qader_sse.domain.events import Draft
from qader_sse.slow_threads import SlowThreads
from qader_sse.store import sqlite_checkpoint
from qader_sse.store.database import Database
from qader_sse.store.sqlite_checkpoint import Checkpoints
from tests.support.log_lines import logged_by

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PAGE = 4_096


@pytest.fixture(autouse=True)
def any_log_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qader_sse.store.sqlite_checkpoint._WORTH_IT", 0)


@pytest.fixture
def file(database_url: str) -> Path:
    return Path(str(make_url(database_url).database))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def checkpoints(database: Database, file: Path) -> Checkpoints:
    return Checkpoints(database, str(file), SlowThreads(1).run)


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def append(database: Database, size: int = 10) -> None:
    with database.transaction() as tx:
        tx.append([Draft("challenge:1", "participant.update", {"text": "x" * size})], NOW)


def written_back(file: Path) -> int:
    """Return how many events the file has without its log."""
    with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
    return int(count)


def test_what_was_committed_is_written_back(
    database: Database, checkpoints: Checkpoints, file: Path
) -> None:
    for number in (1, 2, 3):
        append(database)
        assert written_back(file) < number
        checkpoints.run_once()
        assert written_back(file) == number


def test_a_thread_waits_for_the_disk(database: Database, file: Path) -> None:
    found = list[int]()

    def in_thread(function: Callable[..., Any], *given: Any) -> tuple[Any, float]:
        def noted() -> Any:
            found.append(threading.get_ident())
            return function(*given)

        return SlowThreads(1).run(noted)

    append(database)
    Checkpoints(database, str(file), in_thread).run_once()
    assert found
    assert threading.get_ident() not in found


def test_nothing_is_done_where_nothing_was_committed(
    database: Database, checkpoints: Checkpoints
) -> None:
    append(database)
    checkpoints.run_once()
    used = database.pool.waits.count
    checkpoints.run_once()
    assert database.pool.waits.count == used


def test_a_short_log_goes_on_because_a_commit_that_begins_it_anew_waits_for_the_disk(
    database: Database, checkpoints: Checkpoints, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qader_sse.store.sqlite_checkpoint._WORTH_IT", 100 * _PAGE)
    append(database)
    checkpoints.run_once()
    assert written_back(file) == 0
    append(database, size=100 * _PAGE)
    checkpoints.run_once()
    assert written_back(file) == 2
    append(database)  # begins the log anew
    checkpoints.run_once()
    assert written_back(file) == 2


@pytest.mark.parametrize(("long", "held"), [(8_000_000, [False]), (-1, [False, True])])
def test_only_a_long_log_keeps_commits_waiting(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch, long: int, held: list[bool]
) -> None:
    monkeypatch.setattr("qader_sse.store.sqlite_checkpoint._LONG", long)
    threads, found, writers = SlowThreads(1), list[bool](), list[threading.Thread]()

    def while_somebody_commits(*given: Any) -> tuple[Any, float]:
        writers.append(threading.Thread(target=append, args=(database,)))
        writers[-1].start()
        writers[-1].join(timeout=2)
        found.append(writers[-1].is_alive())
        return threads.run(*given)

    append(database)
    Checkpoints(database, str(file), while_somebody_commits).run_once()
    for writer in writers:
        writer.join()
    assert found == held


def test_a_long_log_keeps_commits_of_other_processes_waiting(
    database: Database, checkpoints: Checkpoints, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is not done with a log to which one of them may add, and is tried again."""
    monkeypatch.setattr("qader_sse.store.sqlite_checkpoint._LONG", -1)
    append(database)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        checkpoints.run_once()
    used = database.pool.waits.count
    checkpoints.run_once()
    assert database.pool.waits.count > used


def test_what_a_reader_still_needs_is_written_back_later(
    database: Database, checkpoints: Checkpoints, file: Path
) -> None:
    append(database)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
        append(database)
        checkpoints.run_once()
        assert written_back(file) < 2
    checkpoints.run_once()
    assert written_back(file) == 2


def test_a_full_disk_is_said_once_and_loses_nothing(
    database: Database, checkpoints: Checkpoints, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append(database, size=20 * _PAGE)
    with no_file_grows_beyond(file.stat().st_size):
        checkpoints.run_once()
        checkpoints.run_once()
    assert [record.levelno for record in logged_by(caplog, sqlite_checkpoint)] == [logging.ERROR]
    assert "cannot be written back" in caplog.text
    checkpoints.run_once()
    assert written_back(file) == 1
    assert "is written back again" in caplog.text
