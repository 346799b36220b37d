"""Rows to insert and to update, as values: what is written is decided apart from how.

PostgreSQL writes the few rows of one change by one statement: each statement is a wait for its answer,
often while others wait for a lock. `compare_and_set` adds a condition to that. SQLite has no such
statements, and no waits: there it is one for each kind of rows, as it is on PostgreSQL for many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from qader_sse.extensions import Base
from qader_sse.store.compiled_statement import CompiledStatement

# The table, the columns, and whether a row is updated: what the text of a statement depends on.
Shape = tuple[type[Base], tuple[str, ...], bool]

# The most rows that one statement writes: those of one change of a challenge, and its events.
_MOST_TOGETHER = 12


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row to insert; or if `key`, its id, is given, one to update."""

    model: type[Base]
    values: dict[str, Any]
    key: int | None = None

    @property
    def shape(self) -> Shape:
        return self.model, tuple(self.values), self.key is not None

    def parameters(self, number: int = 0) -> dict[str, Any]:
        """Return the parameters of its statement, for `_statement` with the same number."""
        names = _names(self.shape, number)
        key = () if self.key is None else (self.key,)
        return dict(zip(names, (*self.values.values(), *key), strict=True))


def write_together(connection: Connection, changes: Sequence[RowChange]) -> None:
    """Write the rows of one change, none of them twice: on PostgreSQL, if they are few, at once.

    Each sequence of shapes is a statement of its own, which is compiled, and prepared by each
    connection. So rows of several changes, which come in any combination, are better given to `write`.
    """
    if 1 < len(changes) <= _MOST_TOGETHER and connection.dialect.name == "postgresql":
        _together(tuple(change.shape for change in changes)).run(connection, parameters(changes))
    else:
        write(connection, changes)


def write(connection: Connection, changes: Sequence[RowChange]) -> None:
    """Write rows, by a statement for each shape, in the place of the first row that has it."""
    alike: dict[Shape, list[RowChange]] = {}
    for change in changes:
        alike.setdefault(change.shape, []).append(change)
    for shape, rows in alike.items():
        _alone(shape).run(connection, *(row.parameters() for row in rows))


def insert_one(connection: Connection, row: RowChange) -> int:
    """Insert a row whose id the database assigns, and return the id."""
    ((key,),) = _returning_id(row.shape).run(connection, row.parameters())
    return int(key)


def parameters(changes: Sequence[RowChange]) -> dict[str, Any]:
    """Return the parameters of `parts` for these changes."""
    given: dict[str, Any] = {}
    for number, change in enumerate(changes):
        given |= change.parameters(number)
    return given


def parts(shapes: Sequence[Shape], *only_if: ColumnElement[bool]) -> list[CTE]:
    """Return the parts of one statement that write rows of these shapes, if the condition holds.

    PostgreSQL runs them in any order, each on the rows as they were before the statement, and checks
    foreign keys after all of them.
    """
    return [
        _statement(shape, number, *only_if).cte(f"change_{number}")
        for number, shape in enumerate(shapes)
    ]


def _statement(shape: Shape, number: int = 0, *only_if: ColumnElement[bool]) -> Insert | Update:
    """Build the statement of a shape, whose parameters have the number in their names."""
    model, columns, is_update = shape
    table = cast("Table", model.__table__)
    named = {
        column: bindparam(f"{column}_{number}", type_=table.c[column].type) for column in columns
    }
    if is_update:
        key = bindparam(f"key_{number}", type_=table.c.id.type)
        return update(table).where(table.c.id == key, *only_if).values(named)
    return insert(table).from_select(list(columns), select(*named.values()).where(*only_if))


@cache
def _names(shape: Shape, number: int) -> tuple[str, ...]:
    """Return the names of the parameters of a shape: of its columns, and then of the key, if it has one."""
    _, columns, is_update = shape
    names = tuple(f"{column}_{number}" for column in columns)
    return (*names, f"key_{number}") if is_update else names


@cache
def _alone(shape: Shape) -> CompiledStatement:
    return CompiledStatement(_statement(shape))


@cache
def _together(shapes: tuple[Shape, ...]) -> CompiledStatement:
    return CompiledStatement(select(literal_column("1")).add_cte(*parts(shapes)))


@cache
def _returning_id(shape: Shape) -> CompiledStatement:
    return CompiledStatement(_statement(shape).returning(shape[0].__table__.c.id))
