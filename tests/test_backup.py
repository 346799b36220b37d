"""`flask --app wsgi backup`: what it makes, and what it refuses."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from qader_sse import create_app
from qader_sse.service import Service
from qader_sse.store import sqlite_backup
from tests.conftest import dispose, make_settings
from tests.support.duel import add_users


def names(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT username FROM users ORDER BY id")]


def test_it_has_what_was_committed_and_nothing_else(
    app: Flask, service: Service, tmp_path: Path
) -> None:
    """The last changes are in the write-ahead log only, and another transaction is under way."""
    add_users(service, "noura")
    folder = tmp_path / "backups" / "monday"
    with service.database.transaction() as tx:
        tx.connection.execute(text("UPDATE users SET username = 'khalid' WHERE username = 'noura'"))
        result = app.test_cli_runner().invoke(args=["backup", str(folder)])
    assert result.exit_code == 0, result.output
    assert names(folder / "qader.sqlite3")[-1] == "noura"
    assert (folder / "secret_key").read_text() == service.settings.secret_key
    assert sorted(path.name for path in folder.iterdir()) == ["qader.sqlite3", "secret_key"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


def test_the_images_that_are_not_in_it_are_named(
    app: Flask, service: Service, tmp_path: Path
) -> None:
    with service.database.transaction() as tx:
        tx.connection.execute(text("UPDATE questions SET image = '/static/a.png' WHERE id < 3"))
    result = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "monday")])
    assert "Not in it: 1 image of questions" in result.output


def test_a_relative_path_names_the_same_file_as_for_the_service(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is relative to the folder of the instance, wherever the command is run."""
    monkeypatch.setattr(Flask, "auto_find_instance_path", lambda _app: str(tmp_path))
    app = create_app(make_settings(f"sqlite:///{Path(database_url).name}"))
    result = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "monday")])
    dispose(app)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "monday/qader.sqlite3").stat().st_size > 0


@pytest.mark.parametrize("there", ["monday", "monday.incomplete"])
def test_what_is_there_is_never_overwritten(app: Flask, tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    (tmp_path / there / "qader.sqlite3").write_text("mine")
    result = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "monday")])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert there in result.output
    assert (tmp_path / there / "qader.sqlite3").read_text() == "mine"


def test_a_damaged_database_makes_no_backup(app: Flask, service: Service, tmp_path: Path) -> None:
    """Otherwise the damage would be found on the day of the restore."""
    path = Path(str(service.settings.database_url).removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'questions'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    folder = tmp_path / "monday"
    result = app.test_cli_runner().invoke(args=["backup", str(folder)])
    assert (result.exit_code, folder.exists()) == (1, False)
    assert result.output.startswith("Error: There is no backup: ")
    assert list(tmp_path.glob("monday*")) == []


def test_postgresql_is_backed_up_by_its_own_tools(tmp_path: Path) -> None:
    app = create_app(make_settings("postgresql+psycopg://nobody@127.0.0.1:1/x"))
    result = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "monday")])
    dispose(app)
    assert result.exit_code == 1
    assert "docs/backup.md" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_copy_needs_a_database(tmp_path: Path) -> None:
    """SQLite would create an empty one in the place of a file that is missing."""
    with pytest.raises(sqlite3.OperationalError):
        sqlite_backup.copy(tmp_path / "none.sqlite3", tmp_path / "copy.sqlite3")
    assert not (tmp_path / "none.sqlite3").exists()
