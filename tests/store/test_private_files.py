"""The database's file and its journals are for their owner alone, whatever the umask."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from qader_sse import config, create_app, private_files
from qader_sse.config import Settings
from tests.conftest import dispose, make_settings


@pytest.fixture(autouse=True)
def wide_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_new_files_are_private(tmp_path: Path) -> None:
    app = create_app(make_settings(f"sqlite:///{tmp_path}/new.sqlite3"))
    with app.extensions["qader_sse"].database.autocommit() as connection:
        connection.exec_driver_sql("CREATE TABLE some (id INTEGER)")
        found = modes(tmp_path)
    dispose(app)
    assert found == {"new.sqlite3": 0o600, "new.sqlite3-wal": 0o600, "new.sqlite3-shm": 0o600}


def test_a_file_from_before_that_is_open_to_others_is_tightened_with_a_line(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "qader.sqlite3"
    path.chmod(0o644)
    app = create_app(make_settings(database_url))
    with app.extensions["qader_sse"].database.autocommit() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar_one() >= 0
    dispose(app)
    assert modes(tmp_path)["qader.sqlite3"] == 0o600
    assert [record.levelno for record in caplog.records if str(path) in record.getMessage()] == [
        logging.WARNING
    ]


def test_what_the_owner_may_do_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "read-only"
    path.touch()
    path.chmod(0o444)
    private_files.tighten(path)
    assert modes(tmp_path) == {"read-only": 0o400}
    private_files.tighten(tmp_path / "missing")


def test_the_secret_key_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    first = Settings.from_env({}).secret_key
    assert modes(tmp_path) == {"secret_key": 0o600}
    (tmp_path / "secret_key").chmod(0o640)
    assert Settings.from_env({}).secret_key == first
    assert modes(tmp_path) == {"secret_key": 0o600}
