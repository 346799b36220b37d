"""What the doctor finds in PostgreSQL: each fault is made on the real server, and undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from cluster.postgres_server import PostgresServer
from cluster.process import free_port
from cluster.waiting import wait_until
from qader_sse.doctor.postgres_checks import POSTGRES
from tests.support.examining import app_with, faults

pytestmark = pytest.mark.programs

KEY = {"SECRET_KEY": "the-key-of-a-doctor"}
ISOLATION = "default_transaction_isolation"
READ_ONLY = "default_transaction_read_only"

Sql = Callable[[str], None]


@pytest.fixture(scope="module")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: these tests change it for all its databases, and look at all it has."""
    with PostgresServer(tmp_path_factory.mktemp("postgres")) as server:
        with app_with({"DATABASE_URL": server.url} | KEY) as app:
            assert app.test_cli_runner().invoke(args=["set-up"]).exit_code == 0
        yield server.url


@pytest.fixture
def sql(postgres_url: str) -> Sql:
    def run(statement: str) -> None:
        address = postgres_url.replace("+psycopg", "", 1)
        # Also to undo what makes the database take no writes.
        options = f"-c {READ_ONLY}=off"
        with psycopg.connect(address, autocommit=True, options=options) as connection:
            connection.execute(statement.encode())

    return run


@pytest.fixture(autouse=True)
def _worker(sql: Sql) -> Iterator[None]:
    """One worker serves; without any, gunicorn would be asked how many there would be."""
    sql("INSERT INTO presence (worker, user_ids, seen_at) VALUES ('one', '[]', now())")
    yield
    sql("DELETE FROM presence")


@contextmanager
def undone(sql: Sql, *statements: str) -> Iterator[None]:
    try:
        yield
    finally:
        for statement in statements:
            sql(statement)


def find(url: str, **environ: str) -> set[str]:
    options = {"hours_ahead": float(environ.pop("hours_ahead", 0)), "least_free_bytes": 0}
    with app_with({"DATABASE_URL": url} | KEY | environ) as app:
        return faults(app, POSTGRES, **options)


def test_nothing_is_found_in_a_fresh_database(postgres_url: str) -> None:
    assert find(postgres_url) == set()


@pytest.mark.parametrize(
    ("setting", "value", "fault"),
    [
        (ISOLATION, "'repeatable read'", "postgres_isolation"),
        (READ_ONLY, "on", "postgres_read_only"),
    ],
)
def test_defaults_of_the_database_that_do_harm_are_named(
    postgres_url: str, sql: Sql, setting: str, value: str, fault: str
) -> None:
    with undone(sql, f"ALTER DATABASE postgres RESET {setting}"):
        sql(f"ALTER DATABASE postgres SET {setting} = {value}")
        assert find(postgres_url) == {fault}


def test_a_server_without_room_for_all_pools_is_named(postgres_url: str) -> None:
    assert find(postgres_url, DATABASE_POOL_SIZE="200") == {"max_connections"}


def test_a_role_without_room_for_all_pools_is_named(postgres_url: str, sql: Sql) -> None:
    with undone(sql, "ALTER ROLE postgres CONNECTION LIMIT -1"):
        sql("ALTER ROLE postgres CONNECTION LIMIT 5")
        assert find(postgres_url) == {"max_connections"}


def test_a_table_without_autovacuum_is_named(postgres_url: str, sql: Sql) -> None:
    with undone(sql, "ALTER TABLE blocks RESET (autovacuum_enabled)"):
        sql("ALTER TABLE blocks SET (autovacuum_enabled = false)")
        assert find(postgres_url) == {"autovacuum_off"}


def test_a_server_without_autovacuum_is_named(postgres_url: str, sql: Sql) -> None:
    with undone(sql, "ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()"):
        sql("ALTER SYSTEM SET autovacuum = off")
        sql("SELECT pg_reload_conf()")
        assert find(postgres_url) == {"autovacuum_off"}


def test_rows_that_nothing_removes_are_named(postgres_url: str, sql: Sql) -> None:
    with undone(sql, "DROP TABLE left_over"):
        sql("CREATE TABLE left_over (n int) WITH (autovacuum_enabled = false)")
        sql("INSERT INTO left_over SELECT generate_series(1, 60000)")
        sql("DELETE FROM left_over")
        sql("SELECT pg_stat_clear_snapshot()")
        expected = {"autovacuum_off", "dead_rows"}
        wait_until(lambda: find(postgres_url) == expected)


def test_a_replication_slot_that_nobody_reads_is_named(postgres_url: str, sql: Sql) -> None:
    with undone(sql, "SELECT pg_drop_replication_slot('forgotten')"):
        sql("SELECT pg_create_physical_replication_slot('forgotten')")
        assert find(postgres_url) == {"replication_slot"}


def test_an_archive_that_takes_no_files_is_named(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as server:
        with app_with({"DATABASE_URL": server.url} | KEY) as app:
            assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
        server.query("ALTER SYSTEM SET archive_mode = on")
        server.query("ALTER SYSTEM SET archive_command = 'false'")
        server.stop()
        server.start()
        server.query("SELECT pg_switch_wal()")
        failed = "SELECT 1 FROM pg_stat_archiver WHERE failed_count > 0"
        wait_until(lambda: server.query(failed), timeout=30)
        assert "archive_fails" in find(server.url)
        server.query("ALTER SYSTEM SET archive_command = 'true'")
        server.query("SELECT pg_reload_conf()")
        archived = "SELECT 1 FROM pg_stat_archiver WHERE archived_count > 0"
        wait_until(lambda: server.query(archived), timeout=30)
        assert "archive_fails" not in find(server.url)


def test_a_missing_synchronous_standby_is_named(postgres_url: str, sql: Sql) -> None:
    # Commits wait for the standby from the reload on; those of ALTER SYSTEM are none.
    reset = "ALTER SYSTEM RESET synchronous_standby_names"
    with undone(sql, reset, "SELECT pg_reload_conf()"):
        sql("ALTER SYSTEM SET synchronous_standby_names = 'elsewhere'")
        sql("SELECT pg_reload_conf()")
        assert find(postgres_url) == {"no_synchronous_standby"}


def test_a_database_that_cannot_hold_arabic_is_named(postgres_url: str, sql: Sql) -> None:
    latin = postgres_url.rpartition("/")[0] + "/latin"
    with undone(sql, "DROP DATABASE latin"):
        sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
        assert find(latin) == {"postgres_encoding", "database_not_migrated"}


def test_a_clock_that_is_off_is_named(postgres_url: str) -> None:
    assert find(postgres_url, hours_ahead="1") == {"database_clock"}


def test_a_disk_with_less_room_than_wanted_is_named(postgres_url: str) -> None:
    with app_with({"DATABASE_URL": postgres_url} | KEY) as app:
        assert faults(app, POSTGRES, least_free_bytes=2**60) == {"disk_nearly_full"}


def test_a_server_that_does_not_answer_is_named() -> None:
    assert find(f"postgresql://nobody@127.0.0.1:{free_port()}/none") == {"database_away"}
