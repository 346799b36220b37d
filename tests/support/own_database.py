"""A database that one test has for itself, on the PostgreSQL of all tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text


@contextmanager
def own_database(
    postgres_url: str, name: str, *settings: str, may_be_in_use: bool = False
) -> Iterator[str]:
    """Make a database without tables and yield its address; drop it at the end.

    `settings` are changed for it, as `ALTER DATABASE … SET` takes them. A connection that is still
    open at the end is an error, unless it `may_be_in_use`.
    """
    shared = make_url(postgres_url)
    server = create_engine(shared, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        for setting in settings:
            connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
    yield shared.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}{' WITH (FORCE)' * may_be_in_use}"))
    server.dispose()
