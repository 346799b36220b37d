"""Everything a service has stored, to show that a refused request changed nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row, select
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
