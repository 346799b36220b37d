"""A database that only an operator can mend: 503, not ready, and back by itself once it is mended."""

import logging
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from qader_sse.service import Service
from qader_sse.store import postgres
from qader_sse.store.errors import Conflict, StoreAway, StoreBroken, StoreBusy
from tests.conftest import dispose
from tests.support.duel import CHALLENGES

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def file(database_url: str) -> Path:
    return Path(str(make_url(database_url).database))


@pytest.fixture
def browser(as_user: AsUser, people: dict[str, int], app: Flask) -> FlaskClient:
    """A signed-in browser of a worker that is ready."""
    browser = as_user("noura")
    assert readiness(app) == (200, "ok")
    return browser


def readiness(app: Flask) -> tuple[int, str]:
    service: Service = app.extensions["qader_sse"]
    service.database_check.run_once()
    response = app.test_client().get("/readyz")
    return response.status_code, response.get_json()["database"]


def search(browser: FlaskClient) -> tuple[int, str | None]:
    response = browser.post(CHALLENGES, json={"challenge_type": "quick_quant_10"})
    return response.status_code, response.headers.get("Retry-After")


@contextmanager
def no_space_left(file: Path) -> Iterator[None]:
    """Let no file grow beyond the size of the database or of its journal, whichever is smaller."""
    sizes = [file.stat().st_size, Path(f"{file}-wal").stat().st_size]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(sizes), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def expire_write_check(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qader_sse.store.database_check._WRITE_SECONDS", 0.0)


def test_a_file_that_cannot_grow_refuses_writes_until_it_can(
    app: Flask,
    service: Service,
    browser: FlaskClient,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expire_write_check(service, monkeypatch)
    with no_space_left(file):
        refused = [search(browser) for _ in range(3)]
        ready = readiness(app)
    assert refused == [(503, "2")] * 3
    assert ready in ((503, "full"), (503, "io_error"))
    faults = [r for r in caplog.records if "needs to be mended" in r.getMessage()]
    assert len(faults) == 1

    assert search(browser)[0] == 201
    assert readiness(app) == (200, "ok")
    assert "the database is mended" in caplog.text


def test_a_file_that_is_moved_away_and_put_back(
    app: Flask, browser: FlaskClient, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.rename(file.with_suffix(".away"))
    assert search(browser) == (503, "2")
    assert readiness(app) == (503, "replaced")
    assert not file.exists()
    assert "Put that one back" in caplog.text
    file.with_suffix(".away").rename(file)
    assert search(browser)[0] == 201
    assert readiness(app) == (200, "ok")


def test_a_file_that_is_replaced_is_not_written_to(
    app: Flask, browser: FlaskClient, file: Path
) -> None:
    other = file.with_suffix(".other")
    other.write_bytes(file.read_bytes())
    before = other.read_bytes()
    os.replace(other, file)
    assert search(browser) == (503, "2")
    assert readiness(app) == (503, "replaced")
    assert file.read_bytes() == before


@pytest.mark.parametrize("opened", [True, False])
def test_a_damaged_file(app: Flask, browser: FlaskClient, file: Path, *, opened: bool) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    if not opened:
        dispose(app)
    with file.open("r+b") as damaged:
        damaged.write(b"no database at all" * 1_000)
    assert search(browser) == (503, "2")
    assert readiness(app) == (503, "damaged")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("53100", "full"),
        ("25006", "read_only"),
        ("58030", "io_error"),
        ("XX001", "damaged"),
        ("XX002", "damaged"),
        ("53300", StoreAway),
        ("08006", StoreAway),
        ("57P01", StoreAway),
        ("55P03", StoreBusy),
        ("40001", Conflict),
        ("42P01", None),
        ("XX000", None),
    ],
)
def test_what_the_codes_of_postgresql_mean(code: str, expected: object) -> None:
    original = psycopg.errors.lookup(code)("as the server says it")
    failure = postgres.failure_of(OperationalError("SELECT 1", {}, original))
    if isinstance(failure, StoreBroken):
        assert failure.fault == expected
    else:
        assert (None if failure is None else type(failure)) == expected


def test_a_mistake_in_our_own_sql_stays_a_mistake(service: Service) -> None:
    with pytest.raises(DatabaseError), service.database.autocommit() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


@pytest.mark.programs
def test_a_read_only_postgresql_is_not_ready(
    postgres_app: Flask, postgres_service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    check = postgres_service.database_check
    with postgres_service.database.autocommit() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    try:
        check.close()
        with caplog.at_level(logging.ERROR):
            for _ in range(100):
                if readiness(postgres_app) == (503, "read_only"):
                    break
        assert readiness(postgres_app) == (503, "read_only")
    finally:
        with postgres_service.database.autocommit() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            connection.exec_driver_sql("ALTER SYSTEM RESET default_transaction_read_only")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
            connection.exec_driver_sql("RESET default_transaction_read_only")
    for _ in range(100):
        if readiness(postgres_app) == (200, "ok"):
            break
    assert readiness(postgres_app) == (200, "ok")
