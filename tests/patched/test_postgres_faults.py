"""PostgreSQL under gevent: a slow query blocks only its greenlet, and each wait for an answer ends."""

import time
from collections.abc import Iterator

import gevent
import pytest
from sqlalchemy import Engine, create_engine, text

from cluster.fault_proxy.handle import FaultProxy
from cluster.postgres_server import PostgresServer
from qader_sse.store import postgres
from qader_sse.store.database import Database
from qader_sse.store.errors import StoreAway

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def engine(server: PostgresServer, proxy: FaultProxy) -> Iterator[Engine]:
    url = server.url.replace(f":{server.port}", f":{proxy.port}")
    engine = create_engine(url, **postgres.engine_options(pool_size=3))
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine, announce=lambda events: None)


def ask(database: Database, statement: str = "SELECT 1") -> None:
    with database.read_transaction() as connection:
        connection.execute(text(statement))


def test_a_slow_query_does_not_stop_the_other_greenlets(database: Database) -> None:
    ask(database)
    slow = gevent.spawn(ask, database, "SELECT pg_sleep(3)")
    # If libpq waited in C, it would be over after one or two of them.
    for _ in range(20):
        gevent.sleep(0.005)
    assert not slow.ready()
    slow.get()


def test_what_is_larger_than_the_sockets_take_at_once_is_sent_and_received_whole(
    database: Database,
) -> None:
    much = "x" * 20_000_000
    with database.read_transaction() as connection:
        answer = connection.scalar(text("SELECT :much || 'y'"), {"much": much})
    assert answer == much + "y"


def test_connecting_does_not_stop_the_other_greenlets(
    proxy: FaultProxy, database: Database
) -> None:
    proxy.partition()
    connecting = gevent.spawn(ask, database)
    iterations = 0
    while not connecting.ready():
        gevent.sleep(0.01)
        iterations += 1
    with pytest.raises(StoreAway):
        connecting.get()
    assert iterations > 20
    assert not database.availability.is_up


def test_the_wait_for_an_answer_ends_when_the_network_is_cut(
    proxy: FaultProxy, database: Database
) -> None:
    """The connection stays open and silent, so TCP would not notice for a very long time."""
    ask(database)
    proxy.partition()
    began = time.monotonic()
    with pytest.raises(StoreAway):
        ask(database)
    assert time.monotonic() - began < 20
    assert database.pool.in_use == 0

    proxy.pass_through()
    ask(database)
    assert database.availability.is_up


def test_a_greenlet_that_is_killed_during_a_query_leaves_no_broken_connection(
    database: Database,
) -> None:
    for _ in range(5):
        query = gevent.spawn(ask, database, "SELECT pg_sleep(30)")
        gevent.sleep(0.05)
        query.kill()
    assert database.pool.in_use == 0
    for _ in range(5):
        ask(database)


def test_a_server_that_is_killed_and_started_again_is_used_again(
    server: PostgresServer, database: Database
) -> None:
    ask(database)
    server.kill()
    with pytest.raises(StoreAway):
        ask(database)
    server.start()
    ask(database)
    assert database.availability.is_up
