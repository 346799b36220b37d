"""On PostgreSQL, a migration waits for a long reader, but nobody waits behind it for long."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text

from qader_sse import create_app
from qader_sse.store import migration_locks
from tests.conftest import dispose, make_settings
from tests.support.own_database import own_database

pytestmark = pytest.mark.programs

READ = text("SELECT count(*) FROM events")


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    """An app whose database lacks the column that 0025 adds to a table of events."""
    with own_database(postgres_url, "locked", may_be_in_use=True) as url:
        app = create_app(make_settings(url))
        assert migrated(app, "upgrade", "0024").exit_code == 0
        yield app
        dispose(app)


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    engine = create_engine(
        app.config["SQLALCHEMY_DATABASE_URI"], connect_args={"application_name": "a backup"}
    )
    yield engine
    engine.dispose()


@pytest.fixture
def reader(engine: Engine) -> Iterator[Connection]:
    """A transaction that has read the table, and goes on."""
    with engine.connect() as connection:
        connection.execute(READ)
        yield connection


def migrated(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["db", *arguments])


def test_it_is_tried_again_until_the_reader_has_ended_and_others_read_meanwhile(
    app: Flask, engine: Engine, reader: Connection
) -> None:
    waits, ends_at = [0.0], time.monotonic() + 20
    with ThreadPoolExecutor(1) as thread:
        upgrade = thread.submit(migrated, app, "upgrade", "+1")
        while max(waits) < 0.3 and time.monotonic() < ends_at:
            time.sleep(0.05)
            began_at = time.monotonic()
            with engine.connect() as other:
                other.execute(READ)
            waits.append(time.monotonic() - began_at)
        assert not upgrade.done()
        reader.rollback()
        done = upgrade.result(timeout=20)
    assert done.exit_code == 0, done.output
    assert "0024 -> 0025" in done.stderr
    assert 0.3 < max(waits) < 2  # it did wait, and who came later waited no longer


def test_after_a_while_it_says_who_holds_the_lock_and_goes_on_from_there_later(
    app: Flask, reader: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_locks, "LONGEST_SECONDS", 0.0)
    pid = reader.scalar(text("SELECT pg_backend_pid()"))
    refused = migrated(app, "upgrade")
    assert refused.exit_code == 1
    assert refused.stderr.startswith(
        f"Error: Process {pid} of PostgreSQL (a backup) has held a lock on a table for "
    )
    assert f"pg_terminate_backend({pid}), and run the command again." in refused.stderr
    reader.rollback()
    assert migrated(app, "upgrade").exit_code == 0


def test_steps_that_are_counted_are_not_counted_anew(
    app: Flask, engine: Engine, reader: Connection
) -> None:
    """After one of two steps, two more would lead one too far."""
    reader.rollback()
    assert migrated(app, "upgrade", "0026").exit_code == 0
    reader.execute(READ)
    refused = migrated(app, "downgrade", "--", "-2")
    assert refused.exit_code == 1
    assert "0026 -> 0025" in refused.stderr
    assert "0025 -> 0024" not in refused.stderr
    reader.rollback()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0025"
