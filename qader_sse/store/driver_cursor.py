"""Sends text straight to the driver's cursor, and takes plain tuples from it.

SQLAlchemy makes a context and a result for each statement, which takes longer than most of ours do.
All else is as if it had sent them: what watches the engine (the counts of statements) sees them, and
their errors are SQLAlchemy's. A private part of it is used for that:

| used here | for | what breaks when it changes |
|---|---|---|
| `Connection._handle_dbapi_exception(error, statement, parameters, cursor, context)`, called | raising an error of the driver as SQLAlchemy's, and dropping broken connections from the pool | each error of such a statement raises another one: `tests/store/test_driver_cursor.py` fails |
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Dialect

Row = tuple[Any, ...]

# SQLAlchemy's execution options of a connection for which SQLAlchemy begins no transactions: each
# statement is one by itself, or is sent after a text that begins one.
AUTOCOMMIT: dict[str, Any] = {"begins": False}
_NO_OPTIONS: Mapping[str, Any] = {}


class _Context:
    """What those who watch statements take for SQLAlchemy's context of one.

    Sentry and OpenTelemetry keep their spans on it, from before a statement until after it.
    """

    def __init__(self, dialect: Dialect, *, is_many: bool) -> None:
        self.dialect, self.executemany = dialect, is_many

    def handle_dbapi_exception(self, error: BaseException) -> None:
        """Called by SQLAlchemy for each error; nothing is to be done here."""


def is_autocommit(connection: Connection) -> bool:
    return not connection.get_execution_options().get("begins", True)


def send(
    connection: Connection,
    text: str,
    given: Any = (),
    *,
    is_many: bool = False,
    returns_rows: bool = False,
    options: Mapping[str, Any] = _NO_OPTIONS,
) -> list[Row]:
    """Send a statement with what the driver takes as its parameters, and return its rows.

    `options` are those of the driver's `execute`, which `executemany` has not. Begins no transaction.
    """
    cursor = None
    watched = connection.engine.dispatch
    context: Any = _Context(connection.dialect, is_many=is_many)
    try:
        cursor = connection.connection.cursor()
        for watch in watched.before_cursor_execute:
            text, given = watch(connection, cursor, text, given, context, is_many)
        if is_many:
            cursor.executemany(text, given)
        else:
            cursor.execute(text, given, **options)
        watched.after_cursor_execute(connection, cursor, text, given, context, is_many)
        return list(cursor.fetchall()) if returns_rows else []
    except BaseException as error:  # noqa: BLE001  # the next line raises it
        connection._handle_dbapi_exception(error, text, given, cursor, context)  # noqa: SLF001  # see above
