"""Statements that are compiled once: SQLAlchemy writes their text, and the driver gets it as it is.

`Connection.execute` looks the compiled text up, makes a context and a result for each call. That
takes longer than most of our statements do, so those of the busiest use cases are sent without it.
What watches the engine (the counts of statements, the translation of errors, the pool's care for
broken connections) sees these as well. Whether the server prepares them is up to the driver, as of all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ClauseElement, Connection, CursorResult, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    # The name of each parameter, and what makes of its value one for the driver.
    parameters: tuple[tuple[str, Process | None], ...]
    names: tuple[str, ...]
    is_positional: bool

    def given(self, values: Mapping[str, Any]) -> Any:
        made = [
            values[name] if process is None else process(values[name])
            for name, process in self.parameters
        ]
        return tuple(made) if self.is_positional else dict(zip(self.names, made, strict=True))


class CompiledStatement:
    """One statement, for any engine; all of its values are parameters that `bindparam` names."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def run(self, connection: Connection, *values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it with the values of its parameters, or once with each of several sets of them."""
        compiled = self._compiled.get(connection.dialect) or self._compile(connection.dialect)
        if len(values) == 1:
            return connection.exec_driver_sql(compiled.text, compiled.given(values[0]))
        return connection.exec_driver_sql(compiled.text, [compiled.given(one) for one in values])

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect))
        names = compiled.positiontup or compiled.binds
        parameters = tuple((name, _process(compiled.binds[name], dialect)) for name in names)
        made = _Compiled(compiled.string, parameters, tuple(names), compiled.positional)
        self._compiled[dialect] = made
        return made


def _process(parameter: BindParameter[Any], dialect: Dialect) -> Process | None:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)
