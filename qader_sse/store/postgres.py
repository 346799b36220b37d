"""PostgreSQL through psycopg 3: each wait has a limit, and each error a meaning for the caller.

psycopg must be imported after gevent's monkey patch: only then can other greenlets run while
it waits, see `driver_wait`. Two private interfaces of it are used, both in `BoundedConnection`:

| used here | for | what breaks when it changes |
|---|---|---|
| `Connection.wait(gen, interval, timeout)`, overridden | limiting the wait for an answer | with other parameters, each query raises TypeError; if psycopg waited elsewhere, a cut network would block requests for hours: `tests/patched/test_postgres_faults.py` fails |
| `Connection.pgconn.finish()` and `.transaction_status` | closing a connection that was left within an answer | each such error raises AttributeError in its place |
"""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from qader_sse.store.driver_cursor import is_autocommit, send
from qader_sse.store.driver_wait import IS_COOPERATIVE, DriverWait
from qader_sse.store.errors import (
    Conflict,
    Fault,
    StoreAway,
    StoreBroken,
    StoreBusy,
    StoreUnavailable,
)

# A transaction takes milliseconds. These limits bound how long a stuck one blocks others.
_LOCK_MS = 2_000
_STATEMENT_MS = 4_000
# A worker that froze or was cut off must not hold a challenge's lock until TCP gives up, two
# hours later.
_IDLE_IN_TRANSACTION_MS = 10_000
# Longer than the server's limits for locks and statements, so that it answers first if it can.
# After a cut of the network no error arrives, so the client needs a limit of its own.
_NO_ANSWER_SECONDS = 5.0
_LIMITS = {
    "lock_timeout": _LOCK_MS,
    "statement_timeout": _STATEMENT_MS,
    "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
}
# A setting in what PostgreSQL takes as `options`: `-c name=value` or `--name=value`.
_OPTION = re.compile(r"(?:-c\s*|--)([\w-]+)\s*=")
_CONNECT_SECONDS = 3
# How long a request waits for a connection of the pool: a late answer is better than a refusal.
_POOL_SECONDS = 8.0

_CONFLICTS = ("40001", "40P01")  # serialization_failure, deadlock_detected
_BUSY = ("55P03", "57014")  # lock_not_available, query_canceled: one of the limits above
# Disk full; now a standby, or set to read only; an error of its operating system; damaged data.
_FAULTS: dict[str, Fault] = {
    "53100": "full",
    "25006": "read_only",
    "58": "io_error",
    "XX001": "damaged",
    "XX002": "damaged",
}
# Classes and codes: connection exceptions; shutting down or starting; out of connections or memory;
# cut after idling in a transaction.
_AWAY = ("08", "57P", "53", "25P03")


def engine_options(pool_size: int) -> dict[str, Any]:
    """Return SQLAlchemy's options: a pool of this size; `prepare` sets the limits of its connections.

    `store.pool` lends no more than that. What goes around it, as a command does, may open another one.
    """
    return {
        "pool_size": pool_size,
        "max_overflow": -1,
        "pool_timeout": _POOL_SECONDS,
        "connect_args": {"connect_timeout": _CONNECT_SECONDS},
    }


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that waits at most five seconds for each answer."""

    # What each transaction has to send first, if a pool such as PgBouncer is between this connection
    # and the server's processes; else nothing.
    local_limits = ""

    _kept_wait: DriverWait | None = None

    @property
    def is_pooled(self) -> bool:
        return bool(self.local_limits)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            if timeout is None and IS_COOPERATIVE:
                return self._wait().run(gen)
            return super().wait(gen, interval, timeout or _NO_ANSWER_SECONDS)
        except BaseException:
            # The answer did not come, or the greenlet was killed: the next user of this connection
            # would read the rest of that answer. So close it, and the pool drops it.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    def _wait(self) -> DriverWait:
        wait = self._kept_wait
        if wait is None or not wait.is_for(self.pgconn.socket):
            wait = self._kept_wait = DriverWait(self.pgconn.socket, _NO_ANSWER_SECONDS)
        return wait

    def set_limits(self, limits: Mapping[str, int]) -> None:
        """Set the server's limits for the session, or note that each transaction has to set them.

        Behind PgBouncer in transaction mode, each transaction may run on another server process,
        whose settings and prepared statements are not those of this connection. PgBouncer is
        recognised by the process number that it makes up. Setting the limits by startup options
        would save this round trip, but PgBouncer refuses such connections by default.
        """
        direct = f"{_set_limits(limits, is_local=False)} WHERE pg_backend_pid() = %s"
        if not self.execute(direct.encode(), [self.info.backend_pid]).rowcount:
            self.local_limits = _set_limits(limits, is_local=True)
            self.prepare_threshold = None


def prepare(engine: Engine) -> Callable[[], None]:
    """Have the engine open a `BoundedConnection` for each connection of its pool, with limits.

    What the operator has set by `options` in the address stays.
    """
    given = _OPTION.findall(str(engine.url.query.get("options", "")))
    set_by_operator = {name.replace("-", "_").lower() for name in given}
    limits = {name: limit for name, limit in _LIMITS.items() if name not in set_by_operator}

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: Any) -> BoundedConnection:
        connection = BoundedConnection.connect(*cargs, **cparams)
        try:
            connection.autocommit = True  # the listener below sends BEGIN, not the driver
            connection.set_limits(limits)
        except BaseException:
            connection.close()
            raise
        return connection

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not is_autocommit(connection):
            _begin(connection, "BEGIN")

    return lambda: None  # a connection that broke shows it when it is used


def _set_limits(limits: Mapping[str, int], *, is_local: bool) -> str:
    """Return the statement that sets these limits, for the transaction or for the session."""
    settings = [f"set_config('{name}', '{limit}', {is_local})" for name, limit in limits.items()]
    return f"SELECT {', '.join(['1', *settings])}"  # nosec  # constants of this module only


def begin_read(connection: Connection) -> None:
    _begin(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def begin_write(connection: Connection, _give_up_at: float) -> None:
    _begin(connection, "BEGIN")  # as the server begins it: read committed


def begin_compare_and_set(connection: Connection, _give_up_at: float) -> bool:
    """Begin nothing, as it is one statement; but behind PgBouncer only a transaction sets its limits."""
    is_pooled = bool(_local_limits(connection))
    if is_pooled:
        _begin(connection, "BEGIN")
    return is_pooled


def _begin(connection: Connection, statement: str) -> None:
    send(connection, statement)
    if limits := _local_limits(connection):
        send(connection, limits)


def _local_limits(connection: Connection) -> str:
    driver: Any = connection.connection.dbapi_connection
    limits: str = driver.local_limits
    return limits


def writer_lock() -> AbstractContextManager[float]:
    return nullcontext(math.inf)  # PostgreSQL locks rows: writers wait for each other only there


def failure_of(error: DBAPIError) -> StoreUnavailable | None:
    code = getattr(error.orig, "sqlstate", None)
    if code in _CONFLICTS:
        return Conflict()
    if code in _BUSY:
        return StoreBusy()
    if code is None:
        # An error of libpq, not of the server: no connection, a broken one, or no answer. Psycopg's
        # InternalError: more answers than belong to the statement, because PgBouncer had lost its
        # server and reported that first.
        lost = (OperationalError, InterfaceError, InternalError)
        return StoreAway() if isinstance(error, lost) else None
    for start, fault in _FAULTS.items():
        if code.startswith(start):
            return StoreBroken(fault, str(error.orig).strip())
    return StoreAway() if code.startswith(_AWAY) else None
