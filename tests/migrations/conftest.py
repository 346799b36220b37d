"""A database without tables, on each of the two engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from qader_sse import create_app
from tests.conftest import dispose, make_settings
from tests.support.own_database import own_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.programs)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    with own_database(request.getfixturevalue("postgres_url"), "empty") as url:
        yield url


@pytest.fixture
def empty_app(empty_database_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(empty_database_url))
    with app.app_context():
        yield app
    dispose(app)
