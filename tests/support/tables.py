"""Everything a service has stored: to show what has changed, or that nothing has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Row, inspect, select, text
from werkzeug.test import TestResponse

from qader_sse.extensions import db
from qader_sse.service import Service

Tables = dict[str, list[Row[Any]]]


def dump(service: Service) -> Tables:
    """Return every row of every table, from one snapshot."""
    with service.database.read_transaction() as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in db.metadata.sorted_tables
        }


def table_names() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def differences() -> list[object]:
    """Return the differences between the database and the models, as Alembic finds them."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def row_counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        return {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608  # our own names
            for name in sorted(table_names())
        }


@contextmanager
def unchanged(service: Service) -> Iterator[None]:
    """Check that the block changes no row. Sign in before it, because that writes a session."""
    before = dump(service)
    yield
    after = dump(service)
    for name, rows in before.items():
        assert after[name] == rows, f"{name} has changed"


def refused(response: TestResponse, status: int, body: object) -> None:
    """Check the status and the whole JSON body of a refusal."""
    assert (response.status_code, response.json) == (status, body)
    assert response.mimetype == "application/json"
