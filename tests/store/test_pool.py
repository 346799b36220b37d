"""The pool lends as many connections as it may, and what somebody did with one does not reach the next."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from cluster.waiting import wait_until
from qader_sse.store.database import Database
from qader_sse.store.driver_cursor import send
from qader_sse.store.errors import StoreBusy


@pytest.fixture
def patience() -> float:
    """The seconds for which a connection is waited for: as many as a busy machine may take."""
    return 30.0


@pytest.fixture
def engine(database_url: str, patience: float) -> Iterator[Engine]:
    """An engine whose pool keeps two connections."""
    engine = create_engine(database_url, pool_size=2, pool_timeout=patience)
    yield engine
    engine.dispose()


@pytest.fixture
def opened(engine: Engine, database: Database) -> list[Connection]:
    """The connections that were opened, as SQLAlchemy tells it."""
    opened: list[Connection] = []
    event.listen(engine, "engine_connect", opened.append)
    return opened


def fail(connection: Connection) -> None:
    send(connection, "SELECT nothing FROM nowhere")


@pytest.mark.parametrize("patience", [0.1])
def test_no_more_are_lent_than_there_are_places(database: Database) -> None:
    with database.autocommit(), database.autocommit():
        assert database.pool.in_use == database.pool.size == 2
        for _ in range(2):
            with pytest.raises(StoreBusy), database.autocommit():
                pass
    assert database.pool.in_use == 0
    with database.autocommit(), database.autocommit():
        pass


def test_who_waits_gets_the_next_that_is_given_back(database: Database) -> None:
    has_one = threading.Event()

    def wait_for_one() -> None:
        with database.autocommit():
            has_one.set()

    with database.autocommit():
        with database.autocommit():
            waiter = threading.Thread(target=wait_for_one)
            waiter.start()
            wait_until(lambda: database.pool.waiting == 1)
            assert not has_one.is_set()
        assert has_one.wait(5)
    waiter.join()


def test_one_that_is_free_is_lent_again_and_no_other_is_opened(
    database: Database, opened: list[Connection]
) -> None:
    for _ in range(3):
        with database.autocommit() as connection:
            assert send(connection, "SELECT 1", returns_rows=True) == [(1,)]
        with database.transaction() as tx:
            assert tx.connection is connection
    assert opened == [connection]


def test_one_on_which_something_failed_is_not_lent_again(
    database: Database, opened: list[Connection]
) -> None:
    with pytest.raises(DatabaseError), database.autocommit() as failed:
        fail(failed)
    with database.autocommit() as connection:
        assert connection is not failed
    assert (opened, database.pool.in_use) == ([failed, connection], 0)


@pytest.mark.parametrize("way", ["autocommit", "read_transaction"])
def test_nobody_gets_one_with_a_transaction_of_another(database: Database, way: str) -> None:
    with getattr(database, way)() as connection:
        connection.execute(text("SELECT 1"))
    with database.autocommit() as next_one:
        assert next_one is connection
        assert not next_one.in_transaction()
        assert not getattr(next_one.connection.dbapi_connection, "in_transaction", True)


def test_a_commit_that_fails_leaves_nothing_locked(database: Database, engine: Engine) -> None:
    """SQLite goes on with a transaction that it refuses to commit, until somebody ends it."""

    def block_as_nobody() -> None:
        with database.transaction() as tx:
            tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            tx.connection.execute(text("INSERT INTO blocks VALUES (-1, -2, '2026-01-01 00:00:00')"))

    with pytest.raises(IntegrityError):
        block_as_nobody()
    with closing(sqlite3.connect(str(engine.url.database), timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")


def test_those_that_are_free_are_closed_with_their_engine(
    database: Database, engine: Engine
) -> None:
    with database.autocommit() as connection:
        driver = connection.connection.dbapi_connection
    engine.dispose()
    with pytest.raises(Exception, match="closed database"):
        driver.cursor()  # type: ignore[union-attr]
    with database.autocommit() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_sqlite_uses_its_last_connection_again_and_others_take_turns(database: Database) -> None:
    with database.autocommit() as first, database.autocommit() as second:
        assert first is not second
    lent = []
    for _ in range(2):
        with database.autocommit() as connection:
            lent.append(connection)
    assert (lent[0] is lent[1]) == (lent[0].dialect.name == "sqlite")
