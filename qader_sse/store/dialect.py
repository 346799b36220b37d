"""Chooses the module for the database that is used, `sqlite` or `postgres`: both are a Dialect."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import QueryableAttribute

from qader_sse.extensions import Base
from qader_sse.store import postgres, sqlite
from qader_sse.store.errors import StoreUnavailable

Upsert = sqlite_dialect.Insert | postgresql.Insert


class Dialect(Protocol):
    """What differs between the databases. Transactions are begun by text, and ended by COMMIT."""

    def begin_read(self, connection: Connection) -> None:
        """Begin a transaction whose statements all see the same moment."""

    def begin_write(self, connection: Connection, give_up_at: float) -> None:
        """Begin a write transaction, for which the writer lock is held. Raises StoreBusy."""

    def begin_compare_and_set(self, connection: Connection, give_up_at: float) -> bool:
        """Begin one for `compare_and_set`, if that needs it; return whether a COMMIT has to follow."""

    def writer_lock(self) -> AbstractContextManager[float]:
        """Make a lock that write transactions of this process hold; it says when they give up."""

    def prepare(self, engine: Engine) -> Callable[[], None]:
        """Set up every connection that the engine opens from now on.

        Returns what is to be called before one of them is used again.
        """

    def failure_of(self, error: DBAPIError) -> StoreUnavailable | None:
        """Return what a database error means for the caller, or None for a mistake in our code."""


def is_sqlite(bind: Engine | Connection) -> bool:
    return bind.dialect.name == "sqlite"


def dialect_of(bind: Engine | Connection) -> Dialect:
    return sqlite if is_sqlite(bind) else postgres


def upsert(dialect: str, model: type[Base]) -> Upsert:
    """Begin an INSERT that can have an ON CONFLICT clause, which is no part of standard SQL."""
    return sqlite_dialect.insert(model) if dialect == "sqlite" else postgresql.insert(model)


def one_of(
    dialect: str, column: QueryableAttribute[Any] | ColumnElement[Any], name: str
) -> ColumnElement[bool]:
    """Return in SQL whether a column is among the values of one parameter, a list of them.

    SQLAlchemy's IN makes a parameter of each: with a hundred, that took twice as long as the query.
    """
    if dialect != "sqlite":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    values = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
    return column.in_(select(values.c.value))


def seconds(dialect: str, moment: QueryableAttribute[datetime]) -> ColumnElement[float]:
    """Return in SQL a moment as seconds since 1970; on SQLite, to the millisecond."""
    if dialect != "sqlite":
        return func.date_part(literal_column("'epoch'"), moment)
    return (func.julianday(moment) - literal_column("2440587.5")) * literal_column("86400")


def gathered(dialect: str, column: ColumnElement[Any]) -> ColumnElement[list[Any]]:
    """Return in SQL the values of a column in a group, as one list."""
    gather = func.json_group_array if dialect == "sqlite" else func.json_agg
    return gather(column, type_=JSON)
