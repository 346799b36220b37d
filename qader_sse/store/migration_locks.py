"""The locks that migrations wait for, on PostgreSQL: for moments, again and again.

A change of a table waits until whoever reads it has ended, which for `pg_dump` may take an hour. And
behind one that waits, all that comes later waits, too: the service would stand still as long.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

# Half of what a request of the service waits for a lock: none fails because of a migration.
_WAIT_MS = 1_000
# Meanwhile what has waited goes on.
_PAUSE_SECONDS = 3.0
LONGEST_SECONDS = 60.0
_LOCK_NOT_AVAILABLE = "55P03"

# Of those that hold a lock on a table, the one that began first. What others run, only a superuser sees.
_HOLDER = text("""
    SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start) AS seconds
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND pid IN (
        SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE granted AND relkind = 'r' AND relnamespace <> 'pg_catalog'::regnamespace
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    ORDER BY xact_start NULLS LAST LIMIT 1
""")


class LockHeld(Exception):
    """Another transaction held a lock for as long as was waited; the message says what to do."""


def limit_waits(engine: Engine) -> None:
    """Have each transaction of the engine end with an error where it would wait for a lock for long."""

    @event.listens_for(engine, "begin")
    def limit(connection: Connection) -> None:
        # An index that is built concurrently waits as well, but nobody behind it; and broken off it
        # would stay, as one that is not valid.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_WAIT_MS}")


def run_between_locks(
    run: Callable[[], None], engine: Engine, *, may_run_again: Callable[[], bool]
) -> None:
    """Run migrations, and run them again while a lock is held. Raises LockHeld after a minute."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            return run()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            if not may_run_again() or time.monotonic() + _PAUSE_SECONDS > ends_at:
                raise LockHeld(_advice(engine)) from None
        time.sleep(_PAUSE_SECONDS)


def _advice(engine: Engine) -> str:
    with engine.connect() as connection:
        holder = connection.execute(_HOLDER).one_or_none()
    if holder is None:
        return "Another transaction held a lock on a table just now. Run the command again."
    name = f" ({holder.application_name})" if holder.application_name else ""
    since = "" if holder.seconds is None else f" for {holder.seconds:.0f} s"
    return (
        f"Process {holder.pid} of PostgreSQL{name} has held a lock on a table{since}. Wait until it has"
        f" ended, or end it by SELECT pg_terminate_backend({holder.pid}), and run the command again."
    )
