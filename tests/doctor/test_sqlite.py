"""What the doctor finds in a database of SQLite."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from qader_sse.doctor.sqlite_checks import SQLITE
from tests.support.examining import app_with, faults

Find = Callable[..., set[str]]


@pytest.fixture
def path(database_url: str) -> Path:
    """The file of a fresh database; it and its folder are their owner's alone."""
    path = Path(database_url.removeprefix("sqlite:///"))
    path.chmod(0o600)
    path.parent.chmod(0o700)
    return path


@pytest.fixture
def find(path: Path) -> Find:
    def run(options: str = "", least_free_bytes: int = 0, **environ: str) -> set[str]:
        own = {"DATABASE_URL": f"sqlite:///{options}{path}", "SECRET_KEY": "the-key-of-a-doctor"}
        with app_with(own | environ) as app:
            return faults(app, SQLITE, least_free_bytes=least_free_bytes)

    return run


def test_nothing_is_found_in_a_fresh_database(find: Find) -> None:
    assert find() == set()


def test_a_file_that_others_may_read_is_named_before_it_is_closed_to_them(
    find: Find, path: Path
) -> None:
    path.chmod(0o644)
    assert find() == {"database_readable"}


def test_a_folder_that_others_may_write_into_is_named(find: Find, path: Path) -> None:
    path.parent.chmod(0o777)
    assert find() == {"folder_writable"}


def test_a_missing_folder_is_named(path: Path) -> None:
    url = f"sqlite:///{path.parent}/missing/qader.sqlite3"
    with app_with({"DATABASE_URL": url, "SECRET_KEY": "the-key-of-a-doctor"}) as app:
        assert faults(app, SQLITE) == {"database_away"}


def test_a_database_without_tables_is_named(find: Find, path: Path) -> None:
    path.write_bytes(b"")
    assert find() == {"database_not_migrated"}


def test_a_database_that_has_no_wal_is_named() -> None:
    in_memory = {"DATABASE_URL": "sqlite://", "SECRET_KEY": "the-key-of-a-doctor"}
    with app_with(in_memory) as app:
        assert faults(app, SQLITE) == {"journal_mode", "database_not_migrated"}


def test_damage_is_named(find: Find, path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = bytes(8192)
    path.write_bytes(content)
    assert "database_damaged" in find()


def test_a_disk_with_less_room_than_wanted_is_named(find: Find) -> None:
    assert find(least_free_bytes=2**60) == {"disk_nearly_full"}


def test_a_bank_without_questions_is_named(find: Find, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM questions")
    connection.close()
    assert find() == {"no_questions"}


def test_demo_accounts_that_other_machines_reach_are_named(find: Find) -> None:
    assert find(HOST="0.0.0.0") == {"demo_accounts"}  # noqa: S104  # nothing listens
