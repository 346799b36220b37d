"""PgBouncer in transaction mode: each transaction may run on another connection to PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import InternalError

from cluster.pgbouncer import PgBouncer
from qader_sse import create_app
from qader_sse.service import Service
from qader_sse.store import postgres
from qader_sse.store.database import Database
from qader_sse.store.errors import StoreAway, StoreBusy
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id, wrong_choice

pytestmark = pytest.mark.programs

# More than the executions after which psycopg prepares a statement (5).
EXECUTIONS = 8


@pytest.fixture
def pgbouncer(postgres_url: str, tmp_path: Path) -> Iterator[PgBouncer]:
    """A PgBouncer that shares two connections to the server among all of its clients."""
    port = int(postgres_url.rpartition(":")[2].partition("/")[0])
    with PgBouncer(tmp_path, port, pool_size=2) as pgbouncer:
        yield pgbouncer


@pytest.fixture
def engine(pgbouncer: PgBouncer) -> Iterator[Engine]:
    engine = create_engine(pgbouncer.url, **postgres.engine_options(pool_size=4))
    yield engine
    engine.dispose()


@pytest.fixture
def app(pgbouncer: PgBouncer, postgres_service: Service, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(pgbouncer.url), clock=clock)
    yield app
    dispose(app)


def setting(connection: Connection, name: str) -> str:
    return str(connection.scalar(text(f"SHOW {name}")))


def test_a_whole_duel_is_played_through_it(service: Service) -> None:
    duel = started_duel(service, user_id(service, "noura"), "khalid")
    for attempt in duel.attempts:
        for question in duel.questions:
            choice = wrong_choice(duel, question.id)
            ended = service.challenges.answer(
                duel.id, attempt.player.id, question.id, choice, 1.0, service.clock()
            )
    assert ended.status == "completed"


def test_statements_are_repeated_on_every_connection_of_the_server(database: Database) -> None:
    """A statement that was prepared on one connection does not exist on another one."""
    query = text("SELECT pg_backend_pid() + :nothing")
    pids = set()
    for _ in range(EXECUTIONS):
        with database.read_transaction() as one, database.read_transaction() as other:
            pids |= {one.scalar(query, {"nothing": 0}), other.scalar(query, {"nothing": 0})}
    assert len(pids) == 2


def test_every_transaction_has_the_limits_and_leaves_none_behind(
    database: Database, pgbouncer: PgBouncer
) -> None:
    """Other programs use the same connections to the server."""
    with database.transaction() as tx, database.read_transaction() as reading:
        for connection in (tx.connection, reading):
            assert setting(connection, "lock_timeout") == "2s"
            assert setting(connection, "statement_timeout") == "4s"
            assert setting(connection, "idle_in_transaction_session_timeout") == "10s"
    plain = create_engine(pgbouncer.url)
    with ExitStack() as open_connections:
        for _ in range(2):
            connection = open_connections.enter_context(plain.connect())
            assert setting(connection, "lock_timeout") == "0"
    plain.dispose()


def test_a_query_that_never_ends_is_cancelled(database: Database) -> None:
    with pytest.raises(StoreBusy), database.read_transaction() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))


def test_after_it_was_killed_and_started_again_the_database_is_back(
    database: Database, pgbouncer: PgBouncer
) -> None:
    with database.autocommit() as connection:
        connection.execute(text("SELECT 1"))
    pgbouncer.kill()
    with pytest.raises(StoreAway), database.autocommit() as connection:
        connection.execute(text("SELECT 1"))
    pgbouncer.start()
    with database.autocommit() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_an_answer_too_many_means_that_the_server_was_lost() -> None:
    """PgBouncer reports the loss of its server, and psycopg finds two answers to one BEGIN."""
    surplus = psycopg.InternalError("received 2 results from command 'BEGIN'")
    failure = postgres.failure_of(InternalError("BEGIN", None, surplus))
    assert isinstance(failure, StoreAway)
