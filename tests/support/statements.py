"""Counts the statements that leave for the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine, event


@dataclass
class Sent:
    """What was sent to the database: all statements, and how many of them only read."""

    statements: int = 0
    reads: int = 0


def change_of_cached(engine: Engine, *written: str) -> Sent:
    """Return what is sent for the change of a challenge that is cached and has not changed since.

    One statement on PostgreSQL; on SQLite BEGIN, the topic's head, what is named, COMMIT.
    """
    return Sent(1 if engine.dialect.name == "postgresql" else len(written) + 3, reads=0)


def change_of_uncached(engine: Engine, *written: str) -> Sent:
    """Return the same for one that is not cached: its topic's head, the challenge, its answers."""
    return Sent(3 + change_of_cached(engine, *written).statements, reads=3)


@contextmanager
def counted(engine: Engine) -> Iterator[Sent]:
    sent = Sent()

    def count_statement(connection, cursor, statement, parameters, context, many) -> None:
        sent.statements += 1
        sent.reads += statement.startswith("SELECT")

    def count_if_sent(command: str, connection: Connection) -> None:
        sent.statements += reaches_the_database(command, connection)

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": count_statement,
        "begin": partial(count_if_sent, "BEGIN"),
        "commit": partial(count_if_sent, "COMMIT"),
        "rollback": partial(count_if_sent, "ROLLBACK"),
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield sent
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def reaches_the_database(command: str, connection: Connection) -> bool:
    """Return whether a BEGIN, COMMIT or ROLLBACK that SQLAlchemy reports is sent by the driver."""
    if connection.dialect.name != "sqlite":
        return connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT"
    driver = connection.connection.dbapi_connection
    # On SQLite the store sends BEGIN as a statement of its own, which is counted as such, so the
    # event that SQLAlchemy reports for it is not.
    return command != "BEGIN" and bool(getattr(driver, "in_transaction", True))
