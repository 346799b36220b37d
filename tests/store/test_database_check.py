"""Whether the database answers: a full pool does not matter, and silence counts after three seconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from qader_sse.clock import SteadyClock
from qader_sse.store import postgres
from qader_sse.store.database_check import DatabaseCheck

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make_engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, **postgres.engine_options(pool_size=1))
    postgres.prepare(engine)
    return engine


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def test_an_answer_counts_for_three_seconds_while_the_next_one_is_awaited(engine: Engine) -> None:
    ticks = Ticks()
    check = DatabaseCheck(engine, ticks=ticks)
    check.is_repeated = True
    check.run_once()
    seen: list[bool] = []

    @event.listens_for(engine, "before_cursor_execute")
    def wait(*args: object) -> None:
        for seconds in (3.0, 0.1):
            ticks.now += seconds
            seen.append(check.is_reachable)

    check.run_once()
    assert seen == [True, False]
    assert check.is_reachable


def test_an_old_answer_is_renewed_where_no_background_task_checks(engine: Engine) -> None:
    ticks = Ticks()
    check = DatabaseCheck(engine, ticks=ticks)
    for _ in range(2):
        assert (check.is_reachable, check.age_seconds) == (True, 0.0)
        ticks.now += 60.0


def test_a_server_that_cut_the_connection_and_is_there_again_is_reachable(engine: Engine) -> None:
    check = DatabaseCheck(engine)
    check.run_once()
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    other = make_engine(engine.url.render_as_string(hide_password=False))
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})
    other.dispose()
    check.run_once()
    assert check.is_reachable


def test_a_server_that_refuses_connections_is_not_reachable() -> None:
    check = DatabaseCheck(make_engine(NOWHERE))
    assert not check.is_reachable
    assert check.age_seconds is None


def test_a_failure_counts_at_once(engine: Engine) -> None:
    check = DatabaseCheck(engine)
    assert check.is_reachable

    @event.listens_for(engine, "before_cursor_execute")
    def fail(*args: object) -> None:
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError("the connection broke"))

    check.run_once()
    assert not check.is_reachable


def test_a_statement_that_takes_too_long_counts_as_an_answer(engine: Engine) -> None:
    """If a load balancer removed this worker, the others would be even busier."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def slow_down(*args: Any) -> tuple[str, Any]:
        return "SELECT pg_sleep(60)", args[3]

    with engine.connect() as connection:
        connection.connection.cursor().execute("SET statement_timeout = 50")
        connection.connection.commit()
    check = DatabaseCheck(engine)
    check.run_once()
    assert check.is_reachable


@pytest.mark.parametrize("seconds", [10.0, -10.0])
def test_a_clock_that_is_wrong_takes_the_time_of_the_database(
    engine: Engine, seconds: float
) -> None:
    clock = SteadyClock(wall=lambda: utc_now() + timedelta(seconds=seconds))
    assert abs(clock() - utc_now()) > timedelta(seconds=9)
    check = DatabaseCheck(engine, clock)
    check.run_once()
    assert abs(clock() - utc_now()) < timedelta(seconds=1)
    assert abs(clock.offset_seconds + seconds) < 1
