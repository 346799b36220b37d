"""SQLite plans a statement once: not anew for each of its values, which can take longer than to run it.

It does so where a condition of an index compares a column with a constant, and the statement compares it
with a parameter: the value decides whether the index can be used.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from bench.endpoints import made, use_all
from qader_sse import create_app
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock

# Statements that this connection has prepared, and how often each was run, and planned anew.
_PLANNED_ANEW = text("SELECT sql FROM sqlite_stmt WHERE reprep > 1 AND reprep * 2 > run")


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(database_url), clock=clock)
    assert app.test_cli_runner().invoke(args=["set-up"]).exit_code == 0
    yield app
    dispose(app)


def test_no_statement_is_planned_anew_for_other_values(app: Flask) -> None:
    service: Service = app.extensions["qader_sse"]
    for _ in range(2):
        use_all(app, made)
    with service.database.autocommit() as connection:
        if "ENABLE_STMTVTAB" not in connection.scalars(text("PRAGMA compile_options")).all():
            pytest.skip("this SQLite does not tell what it has prepared")
        planned_anew = connection.scalars(_PLANNED_ANEW).all()
    assert "\n".join(planned_anew) == ""
