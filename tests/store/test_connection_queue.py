"""The pool lends out as many connections as it may, and keeps as many as it has places for."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import QueuePool

from qader_sse.store.connection_queue import LightPool


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine that keeps one connection, and lends out two."""
    sizes = {"pool_size": 1, "max_overflow": 1, "pool_timeout": 1.0}
    engine = create_engine(database_url, poolclass=LightPool, **sizes)
    yield engine
    engine.dispose()


def kept(engine: Engine) -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedin()


def test_one_more_than_there_are_places_is_lent_and_then_closed(engine: Engine) -> None:
    for _ in range(2):
        with engine.connect(), engine.connect():
            assert kept(engine) == 0
            with pytest.raises(NoConnectionFree):
                engine.connect()
        assert kept(engine) == 1


def test_who_waits_gets_the_next_that_is_given_back(engine: Engine) -> None:
    has_one = threading.Event()

    def wait_for_one() -> None:
        with engine.connect():
            has_one.set()

    with engine.connect() as first, engine.connect():
        waiter = threading.Thread(target=wait_for_one)
        waiter.start()
        assert not has_one.wait(0.1)
        first.close()
        assert has_one.wait(5)
    waiter.join()
