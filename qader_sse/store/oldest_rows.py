"""Deletes the oldest rows of a table, up to a limit: what has passed its retention."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from qader_sse.extensions import Base


def delete_oldest(
    connection: Connection,
    model: type[Base],
    is_old: ColumnElement[bool],
    age: InstrumentedAttribute[datetime],
    limit: int,
) -> int:
    """Delete the oldest rows, but for those that another transaction has locked; return how many."""
    key = inspect(model).primary_key
    oldest = select(*key).where(is_old).order_by(age).limit(limit)
    unlocked = connection.execute(oldest.with_for_update(skip_locked=True, of=model))
    keys = [{f"own_{name}": row[name] for name in row} for row in unlocked.mappings()]
    if keys:
        # One by one: to find a list of keys of several columns, SQLite reads the whole table.
        by_key = (column == bindparam(f"own_{column.name}") for column in key)
        connection.execute(delete(model).where(*by_key), keys)
    return len(keys)
