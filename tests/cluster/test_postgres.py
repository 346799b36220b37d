"""The PostgreSQL server survives what tests do to it."""

from pathlib import Path

import psycopg
import pytest

from cluster.postgres_server import PostgresServer


def connect(server: PostgresServer) -> psycopg.Connection:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def test_what_was_committed_outlives_a_kill(tmp_path: Path) -> None:
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
