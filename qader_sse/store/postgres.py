"""PostgreSQL through psycopg 3: nothing waits for ever, and what its errors mean for us.

psycopg must be imported after gevent's monkey patch: only then does it wait where
other greenlets can run.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from qader_sse.store.errors import Conflict, StoreAway, StoreBusy, StoreUnavailable

# A transaction takes milliseconds. These limits bound how long a stuck one blocks others.
_LOCK_MS = 2_000
_STATEMENT_MS = 4_000
# A worker that froze or was cut off must not hold a challenge's lock until TCP gives up, two
# hours later.
_IDLE_IN_TRANSACTION_MS = 10_000
# An answer that has not come by now will not: the limits above are over. A cut network says
# nothing, so this one is ours to keep.
_NO_ANSWER_SECONDS = 5.0
_CONNECT_SECONDS = 3
# How long a request waits for a connection of the pool: a late answer is better than a refusal.
_POOL_SECONDS = 8.0

READ_OPTIONS: dict[str, Any] = {
    "isolation_level": "REPEATABLE READ",
    "postgresql_readonly": True,
}
AUTOCOMMIT_OPTIONS: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}

_CONFLICTS = ("40001", "40P01")  # serialization_failure, deadlock_detected
_BUSY = ("55P03", "57014")  # lock_not_available, query_canceled: one of the limits above
# Connection exceptions; shutting down or starting; out of connections, memory or disk; trouble of
# its system; idle for too long in a transaction, so cut; demoted to a standby.
_AWAY = ("08", "57P", "53", "58", "25P03", "25006")


def engine_options(database_url: str, pool_size: int) -> dict[str, Any]:
    """Return SQLAlchemy's options: at most `pool_size` connections, each with the limits above."""
    limits = {
        "lock_timeout": _LOCK_MS,
        "statement_timeout": _STATEMENT_MS,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
    }
    given = make_url(database_url).query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": _POOL_SECONDS,
        "connect_args": {"connect_timeout": _CONNECT_SECONDS, "options": f"{ours} {given}".strip()},
    }


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that does not wait longer than an answer can take."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout or _NO_ANSWER_SECONDS)
        except BaseException:
            # Left in the middle of an answer (no answer came, or its greenlet was killed), a
            # connection is of no use to the next one who gets it from the pool.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def prepare(engine: Engine) -> None:
    """Make the engine's connections bounded ones."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: Any) -> BoundedConnection:
        return BoundedConnection.connect(*cargs, **cparams)


def write_options() -> dict[str, Any]:
    return {}  # a transaction as the engine begins it: read committed


def writer_lock() -> AbstractContextManager[None]:
    return nullcontext()  # PostgreSQL locks rows: writers wait for each other only there


def failure_of(error: DBAPIError) -> type[StoreUnavailable] | None:
    code = getattr(error.orig, "sqlstate", None)
    if code in _CONFLICTS:
        return Conflict
    if code in _BUSY:
        return StoreBusy
    if code is None:
        # libpq's own: it could not connect, the connection broke, or no answer came.
        return StoreAway if isinstance(error, OperationalError | InterfaceError) else None
    return StoreAway if code.startswith(_AWAY) else None
