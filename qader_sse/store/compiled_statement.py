"""Statements that are compiled once: SQLAlchemy writes their text, and the driver gets it as it is.

`Connection.execute` looks the compiled text up for each call. So the statements of the busiest use
cases are sent without it: see `driver_cursor`. On PostgreSQL each connection prepares them at its first
use, because more follow; what SQLAlchemy sends, psycopg has prepared only after five uses.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnClause, Connection, Dialect, Float, literal_column
from sqlalchemy.sql.expression import ReturnsRows
from sqlalchemy.types import TypeEngine

from qader_sse.store.driver_cursor import Row, send

Process = Callable[[Any], Any]
# Of psycopg's `execute`. Behind PgBouncer it prepares nothing, whatever this says.
_PREPARED = {"prepare": True}


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    # The name of each parameter, and what makes of its value one for the driver.
    parameters: tuple[tuple[str, Process | None], ...]
    names: tuple[str, ...]
    literals: dict[str, Any]  # the values of those that SQLAlchemy makes of literals
    is_positional: bool
    returns_rows: bool
    # The places in a row, and what makes of the driver's values there those of the columns' types.
    columns: tuple[tuple[int, Process], ...]
    options: dict[str, Any]  # of the driver's `execute`

    def given(self, values: Mapping[str, Any]) -> Any:
        values = {**self.literals, **values}
        made = [
            values[name] if process is None else process(values[name])
            for name, process in self.parameters
        ]
        return tuple(made) if self.is_positional else dict(zip(self.names, made, strict=True))

    def returned(self, row: Row) -> Row:
        values = list(row)
        for place, process in self.columns:
            values[place] = process(values[place])
        return tuple(values)


class CompiledStatement:
    """One statement, for any engine; what varies in it are parameters that `bindparam` names."""

    def __init__(self, statement: ReturnsRows | Callable[[str], ReturnsRows]) -> None:
        """Take a statement; or if it differs between databases, what builds it for the name of a dialect."""
        self._statement = statement
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def run(self, connection: Connection, *values: Mapping[str, Any]) -> list[Row]:
        """Run it with the values of its parameters, and return its rows.

        Given several sets of them, it is run once with each, and must have no rows to return. Begins
        no transaction.
        """
        compiled = self._compiled.get(connection.dialect) or self._compile(connection.dialect)
        if len(values) != 1:
            send(connection, compiled.text, [compiled.given(one) for one in values], is_many=True)
            return []
        rows = send(
            connection,
            compiled.text,
            compiled.given(values[0]),
            returns_rows=compiled.returns_rows,
            options=compiled.options,
        )
        return [compiled.returned(row) for row in rows] if compiled.columns else rows

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._statement
        if callable(statement):
            statement = statement(dialect.name)
        compiled = statement.compile(dialect=dialect)
        names = tuple(compiled.positiontup or compiled.binds)
        columns = [column.type for column in statement.exported_columns]
        results = ((place, _result(kind, dialect)) for place, kind in enumerate(columns))
        literals = {
            name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required
        }
        made = _Compiled(
            text=compiled.string,
            parameters=tuple((name, _bind(compiled.binds[name].type, dialect)) for name in names),
            names=names,
            literals=literals,
            is_positional=compiled.positional,
            returns_rows=bool(columns),
            columns=tuple((place, process) for place, process in results if process is not None),
            options=_PREPARED if dialect.name == "postgresql" else {},
        )
        self._compiled[dialect] = made
        return made


def written_out(constants: Iterable[str]) -> list[ColumnClause[str]]:
    """Return constants of this code as literals in a statement's text.

    A compiled statement takes no list as a parameter. And many indexes have a condition on a constant, as
    on the status of challenges. Where a parameter is compared with that column, PostgreSQL may not use the
    index, and SQLite plans the statement anew for each value, which can take longer than to run it.
    """
    return [literal_column(f"'{constant}'") for constant in constants]


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    if isinstance(kind, Float):
        return None  # both drivers return floats; SQLAlchemy would look at what the first row has
    return kind.dialect_impl(dialect).result_processor(dialect, None)
