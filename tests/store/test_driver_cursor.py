"""A statement that goes straight to the driver fails as SQLAlchemy's do, and who watches sees it."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, IntegrityError

from qader_sse.store import postgres
from qader_sse.store.database import Database
from qader_sse.store.driver_cursor import send
from qader_sse.store.errors import StoreAway
from tests.support.statements import counted

ANSWER = "SELECT 6 * 7"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.programs)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = create_engine(request.getfixturevalue("database_url"))
    else:
        url = request.getfixturevalue("postgres_url")
        engine = create_engine(url, **postgres.engine_options(pool_size=2))
    yield engine
    engine.dispose()


def test_a_statement_is_seen_and_its_rows_are_tuples(database: Database, engine: Engine) -> None:
    with database.autocommit() as connection, counted(engine) as sent:
        assert send(connection, ANSWER, returns_rows=True) == [(42,)]
    assert (sent.statements, sent.reads) == (1, 1)


def test_who_watches_can_keep_something_from_before_a_statement_until_its_error(
    database: Database, engine: Engine
) -> None:
    ended: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection, _cursor, text, _given, context, _is_many) -> None:
        context.span = text

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection, _cursor, _text, _given, context, _is_many) -> None:
        ended.append(context.span)

    @event.listens_for(engine, "handle_error")
    def fail(error: ExceptionContext) -> None:
        ended.append(f"failed: {error.execution_context.span}")  # type: ignore[union-attr]

    with suppress(DatabaseError), database.autocommit() as connection:
        send(connection, ANSWER)
        send(connection, "SELECT nothing FROM nowhere")
    assert ended[-2:] == [ANSWER, "failed: SELECT nothing FROM nowhere"]


def test_a_mistake_in_it_stays_a_mistake(database: Database) -> None:
    with pytest.raises(DatabaseError, match="nowhere"), database.autocommit() as connection:
        send(connection, "SELECT nothing FROM nowhere")
    assert database.availability.is_up


def test_what_a_transaction_has_written_before_a_failure_is_undone(database: Database) -> None:
    with database.transaction() as tx:
        send(tx.connection, "CREATE TEMPORARY TABLE once (id INTEGER PRIMARY KEY)")

    def insert_twice() -> None:
        with database.transaction() as tx:
            for _ in range(2):
                send(tx.connection, "INSERT INTO once VALUES (1)")

    with pytest.raises(IntegrityError):
        insert_twice()
    with database.autocommit() as connection:
        assert send(connection, "SELECT count(*) FROM once", returns_rows=True) == [(0,)]


@pytest.mark.programs
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_broken_connection_takes_the_others_of_the_pool_with_it(
    database: Database, engine: Engine
) -> None:
    """After a restart of the server all of them are dead, and a use case is repeated once only."""
    with database.autocommit() as one, database.autocommit() as other:
        pids = [each.scalar(text("SELECT pg_backend_pid()")) for each in (one, other)]
        pids.sort()
        killer = create_engine(engine.url)
        with killer.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid, 2000) FROM unnest(:pids) AS pid"),
                {"pids": pids},
            ).all()
        killer.dispose()
    with pytest.raises(StoreAway), database.autocommit() as connection:
        send(connection, ANSWER)
    assert not database.availability.is_up
    with database.autocommit() as connection:
        assert send(connection, ANSWER, returns_rows=True) == [(42,)]
