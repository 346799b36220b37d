"""Failures of PostgreSQL: a use case is repeated if nothing is left of it, and else fails clearly."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, make_url, text

from qader_sse.domain.events import Draft
from qader_sse.store import event_log, event_log_origin, postgres
from qader_sse.store.database import Database
from qader_sse.store.errors import Conflict, OutcomeUnknown, StoreAway, StoreBusy, StoreUnavailable
from qader_sse.store.models import EventRow, Topic
from qader_sse.store.retries import retried

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = create_engine(postgres_url, **postgres.engine_options(pool_size=2))
    with engine.begin() as connection:
        connection.execute(delete(EventRow))
        connection.execute(delete(Topic))
    engine.dispose()  # this connection has no limits yet: the `Database` of a test sets them
    yield engine
    engine.dispose()


def terminate_own_backend(connection: Connection, engine: Engine) -> None:
    """Terminate a connection's backend, as an operator, a crash or a failover does."""
    pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})


class Appends:
    """A use case that counts its tries, and can be disturbed in its transaction."""

    def __init__(self, database: Database, disturb: Callable[[int, Connection], None]) -> None:
        self.database = database
        self.disturb = disturb
        self.tries = 0

    @retried
    def run(self, topic: str, *, then: str | None = None) -> None:
        self.tries += 1
        with self.database.transaction() as tx:
            event_log.lock(tx.connection, topic)
            self.disturb(self.tries, tx.connection)
            if then is not None:
                event_log.lock(tx.connection, then)
            tx.append([Draft(topic, "participant.update", {})], NOW)


def heads(database: Database, *topics: str) -> dict[str, int]:
    with database.read_transaction() as connection:
        return event_log.heads(connection, topics)


def test_after_a_deadlock_both_use_cases_succeed(database: Database) -> None:
    """The use cases take locks in one order; if one ever did not, it would still succeed."""
    both_hold_one = threading.Barrier(2)

    def meet(tries: int, connection: Connection) -> None:
        if tries == 1:
            both_hold_one.wait()

    actions = [Appends(database, meet), Appends(database, meet)]
    orders = (("challenge:1", "challenge:2"), ("challenge:2", "challenge:1"))
    threads = [
        threading.Thread(target=action.run, args=(first,), kwargs={"then": then})
        for action, (first, then) in zip(actions, orders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heads(database, "challenge:1", "challenge:2") == {"challenge:1": 1, "challenge:2": 1}
    assert sorted(action.tries for action in actions) == [1, 2]


def test_reads_leave_what_their_connection_has_prepared_at_the_first_use(
    database: Database,
) -> None:
    assert heads(database, "challenge:1") == {}
    with database.read_transaction() as connection:
        prepared = connection.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("topics" in statement for statement in prepared)


def test_a_connection_that_breaks_after_the_last_read_is_noted_and_what_was_read_holds(
    database: Database, engine: Engine
) -> None:
    """What is cached may be of a server that is gone; no other connection has to show that."""
    changes: list[bool] = []
    database.when_availability_changes(lambda: changes.append(database.availability.is_up))
    with database.read_transaction() as connection:
        found = connection.scalar(text("SELECT 5"))
        terminate_own_backend(connection, engine)
    assert found == 5
    assert changes == [False, True]
    assert database.pool.in_use == 0


def test_a_conflict_that_persists_is_raised_after_three_tries(database: Database) -> None:
    def conflict(tries: int, connection: Connection) -> None:
        connection.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    action = Appends(database, conflict)
    with pytest.raises(Conflict):
        action.run("challenge:1")
    assert action.tries == 3
    assert heads(database, "challenge:1") == {}


def test_a_connection_lost_before_the_commit_is_replaced_and_the_use_case_done_once(
    database: Database, engine: Engine
) -> None:
    def die_once(tries: int, connection: Connection) -> None:
        if tries == 1:
            terminate_own_backend(connection, engine)

    action = Appends(database, die_once)
    action.run("challenge:1")
    assert action.tries == 2
    assert heads(database, "challenge:1") == {"challenge:1": 1}


def test_what_a_rule_refuses_is_refused_though_the_connection_breaks(
    database: Database, engine: Engine
) -> None:
    def refuse(tries: int, connection: Connection) -> None:
        terminate_own_backend(connection, engine)
        raise LookupError

    with pytest.raises(LookupError):
        Appends(database, refuse).run("challenge:1")
    assert heads(database, "challenge:1") == {}


def test_a_commit_that_breaks_is_not_repeated(database: Database, engine: Engine) -> None:
    """The commit may have happened: to repeat it, or to report no change, would be wrong."""

    def append_and_die() -> None:
        with database.transaction() as tx:
            tx.append([Draft("challenge:1", "participant.update", {})], NOW)
            terminate_own_backend(tx.connection, engine)

    with pytest.raises(OutcomeUnknown):
        append_and_die()
    assert not issubclass(OutcomeUnknown, Conflict | StoreAway)  # which `retried` repeats
    assert not database.availability.is_up


def test_waiting_for_a_lock_ends(database: Database) -> None:
    with database.transaction() as holder:
        event_log.lock(holder.connection, "challenge:1")
        with pytest.raises(StoreBusy), database.transaction() as tx:
            event_log.lock(tx.connection, "challenge:1")


def test_a_query_that_never_ends_is_cancelled(database: Database) -> None:
    with pytest.raises(StoreBusy), database.read_transaction() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))


def test_waiting_for_a_connection_ends(database: Database) -> None:
    with database.read_transaction() as first, database.read_transaction() as second:
        for connection in (first, second):
            connection.execute(text("SELECT 1"))
        with pytest.raises(StoreBusy), database.read_transaction() as third:
            third.execute(text("SELECT 1"))


def test_a_missing_server_makes_the_database_unavailable() -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    engine = create_engine(url, **postgres.engine_options(pool_size=1))
    database = Database(engine, announce=lambda events: None)
    with pytest.raises(StoreAway), database.transaction() as tx:
        event_log.lock(tx.connection, "challenge:1")
    assert not database.availability.is_up


def test_a_mistake_in_a_query_is_not_reported_as_an_outage(database: Database) -> None:
    with (
        pytest.raises(Exception, match="no_such_table") as found,
        database.read_transaction() as connection,
    ):
        connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(found.value, StoreUnavailable)


def test_options_that_the_operator_put_in_the_address_are_kept(postgres_url: str) -> None:
    separator = "&" if "?" in postgres_url else "?"
    url = f"{postgres_url}{separator}options=-c%20work_mem%3D5MB"
    engine = create_engine(url, **postgres.engine_options(pool_size=1))
    postgres.prepare(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW work_mem")) == "5MB"
        assert connection.scalar(text("SHOW lock_timeout")) == "2s"
    engine.dispose()


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        ("-c deadlock_timeout=500", ["2s", "4s", "10s"]),  # ends as `lock_timeout` does
        ("--lock-timeout=1s -cstatement_timeout=3s", ["1s", "3s", "10s"]),
        (
            "-c lock_timeout=1s -c statement_timeout=3s -c idle_in_transaction_session_timeout=9s",
            ["1s", "3s", "9s"],
        ),
    ],
)
def test_limits_that_the_operator_put_in_the_address_are_kept(
    postgres_url: str, options: str, limits: list[str]
) -> None:
    url = make_url(postgres_url).update_query_dict({"options": options})
    engine = create_engine(url)
    postgres.prepare(engine)
    with engine.connect() as connection:
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        assert [connection.scalar(text(f"SHOW {name}")) for name in names] == limits
    engine.dispose()


def test_an_account_without_privileges_can_read_which_database_it_is(database: Database) -> None:
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE ROLE plain"))
        tx.connection.execute(text("GRANT SELECT ON event_log_origin TO plain"))
        tx.connection.execute(text("SET LOCAL ROLE plain"))
        assert event_log_origin.read(tx.connection).present
        tx.connection.execute(text("RESET ROLE"))
        tx.connection.execute(text("DROP OWNED BY plain; DROP ROLE plain"))
