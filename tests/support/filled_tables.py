"""A row in every table, whatever its columns are: for what has to hold for all tables, new ones too."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.types import JSON

from qader_sse.extensions import db

# Where any text would do, but a check constraint wants another one.
_TEXTS = {"correct_answer": "A", "selected_choice": "A"}
_VALUES: tuple[tuple[type[Any], object], ...] = (
    (Boolean, True),
    (Integer, 1),
    (Float, 1.5),
    (DateTime, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (JSON, {"a": [1, "ب"]}),
    (String, "x"),
)


def fill(connection: Connection, *left_out: str) -> None:
    """Insert a row into each table that has none, with a value in each column but those left out."""
    for table in db.metadata.sorted_tables:
        if not connection.scalar(select(func.count()).select_from(table)):
            values = {
                column.name: _value(connection, column)
                for column in table.columns
                if str(column) not in left_out
            }
            connection.execute(insert(table).values(values))


def contents(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    """Return the rows of a table in the order of its key."""
    rows = connection.execute(select(table).order_by(*table.primary_key))
    return [tuple(row) for row in rows]


def _value(connection: Connection, column: Column[Any]) -> object:
    for key in column.foreign_keys:
        return connection.scalar(select(func.min(key.column)))
    # A type of our own, such as a moment in UTC, stands for one of SQLAlchemy's.
    kind = getattr(column.type, "impl", column.type)
    value = next(value for types, value in _VALUES if isinstance(kind, types))
    return _TEXTS.get(column.name, value) if isinstance(value, str) else value
