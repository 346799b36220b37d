"""Deletes the oldest rows of a table, up to a limit: what has passed its retention."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    delete,
    inspect,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from qader_sse.extensions import Base
from qader_sse.store.compiled_statement import CompiledStatement


class OldestRows:
    """Those rows of a table that satisfy a condition.

    Nearly always there are none: every worker looks for them once a minute, and streams wait for it.
    """

    def __init__(
        self, model: type[Base], is_old: ColumnElement[bool], age: InstrumentedAttribute[Any]
    ) -> None:
        """Take a condition whose parameters `bindparam` names, and the column to sort by."""
        key = inspect(model).primary_key
        self._names = [f"own_{column.name}" for column in key]
        self._oldest = CompiledStatement(
            select(*key)
            .where(is_old)
            .order_by(age)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True, of=model)
        )
        # One by one: to find a list of keys of several columns, SQLite reads the whole table.
        by_key = (column == bindparam(f"own_{column.name}") for column in key)
        self._deletion = CompiledStatement(delete(model).where(*by_key))

    def delete(self, connection: Connection, limit: int, **given: Any) -> int:
        """Delete the oldest, but for those that another transaction has locked; return how many."""
        keys = self._oldest.run(connection, {"most": limit, **given})
        if keys:
            rows = (dict(zip(self._names, key, strict=True)) for key in keys)
            self._deletion.run(connection, *rows)
        return len(keys)
