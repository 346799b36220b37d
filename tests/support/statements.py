"""Counts the statements that leave for the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.pq import TransactionStatus
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


def writes(engine: Engine, *kinds: str) -> int:
    """Return how many statements write rows of these kinds, of one challenge: one on PostgreSQL."""
    return 1 if engine.dialect.name == "postgresql" else len(kinds)


def change_of_uncached(engine: Engine, *written: str) -> Sent:
    """Return the same for one that is not cached: the challenge with its topic's head, its answers."""
    return Sent(2 + change_of_cached(engine, *written).statements, reads=2)


@contextmanager
def counted(engine: Engine) -> Iterator[Sent]:
    sent = Sent()

    def count_statement(connection, cursor, statement, parameters, context, many) -> None:
        sent.statements += 1
        sent.reads += statement.startswith("SELECT")

    def count_if_sent(connection: Connection) -> None:
        sent.statements += is_in_transaction(connection)

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": count_statement,  # BEGIN as well, which the store sends as text
        "commit": count_if_sent,
        "rollback": count_if_sent,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield sent
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def is_in_transaction(connection: Connection) -> bool:
    """Return whether there is one that the driver would end: SQLAlchemy reports an end in any case."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return bool(driver.info.transaction_status != TransactionStatus.IDLE)
