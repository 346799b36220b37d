"""Notices that the database has lost commits, so that no number is issued twice.

A database loses commits when an asynchronous standby takes over, or a backup is restored. The
numbers of the lost events would then be issued again, for other events, and a client that has
received the lost ones would take the new ones for repetitions.

One row holds the identity of the database on which the numbers were issued, and a `base`. Every
statement that issues numbers compares that identity with the present one. Where they differ, its
transaction is rolled back, and the base is raised above every number that was ever issued. The
base counts as the head and the floor of each topic whose own are lower. So all earlier cursors are
below the floor, and are answered with a reset.

A base backup that is started without an archive, or a snapshot of a disk, keeps the identity. But
where its server began to write is earlier than a worker has seen the log of changes: each worker
knows how far that was `written`, and compares after each start of the server. The statements that
issue numbers tell it of a start.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.extensions import Base
from qader_sse.store.errors import Conflict

# More events than one topic can lose. Cursors have at most twelve digits, see
# `realtime.protocol.cursor`: enough for hundreds of thousands of losses.
LEAP = 1_000_000

# The control file's identifier differs between clusters, and stays the same in their standbys. The
# timeline changes with each promotion and each recovery from an archive; the name of the current
# WAL file has it at once, while the control file has it only after the next checkpoint. The number
# of the table's file changes when a dump is restored into the same cluster.
_POSTGRES_PRESENT = """
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE
        (SELECT system_identifier FROM pg_control_system())
        || ':' || substring(pg_walfile_name(pg_current_wal_lsn()) for 8)
        || ':' || pg_relation_filenode('event_log_origin')
    END
"""
# How far the log of changes is on the disk, which a crash cannot take back; and when the server
# started. Positions are bytes since the cluster was made, and never decrease on one timeline.
_POSTGRES_WRITTEN = """
    CASE WHEN pg_is_in_recovery() THEN 0 ELSE
        (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint
    END
"""
_POSTGRES_STARTED = "extract(epoch FROM pg_postmaster_start_time())::text"
# Whatever a server has recovered, it ends that by a checkpoint.
_POSTGRES_RECOVERED = (
    "(SELECT (checkpoint_lsn - '0/0'::pg_lsn)::bigint FROM pg_control_checkpoint())"
)


@dataclass(frozen=True, slots=True)
class _Expressions:
    """What is known of the present database, in its SQL."""

    present: str
    written: str
    started: str
    recovered: str


_EXPRESSIONS = {
    # A file that was put back has another identity; `store.sqlite` defines the function.
    "sqlite": _Expressions("event_log_identity()", "0", "''", "0"),
    "postgresql": _Expressions(
        _POSTGRES_PRESENT, _POSTGRES_WRITTEN, _POSTGRES_STARTED, _POSTGRES_RECOVERED
    ),
}


class EventLogOrigin(Base):
    """The database on which sequence numbers are issued: always one row, with the id 1."""

    __tablename__ = "event_log_origin"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # Empty until the first worker has started.
    identity: Mapped[str] = mapped_column(String(100))
    base: Mapped[int] = mapped_column(BigInteger)


class OriginChanged(Conflict):
    """The database is not the one on which the numbers were issued, and may lack commits."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The row, and the present identity; that is None on a standby, which issues no numbers."""

    identity: str
    base: int
    present: str | None
    written: int
    started: str
    recovered: int  # just after a start: where the log of changes ended then

    @property
    def is_recorded(self) -> bool:
        return self.present in (None, self.identity)


class Seen:
    """What a process has seen of its database."""

    def __init__(self) -> None:
        self.started: str | None = None  # when its server did, as it was last checked
        self.written = 0  # how long its log of changes was

    def note_written(self, written: int) -> None:
        self.written = max(self.written, written)


def base() -> Select[tuple[int]]:
    """Select the base, which counts as head and floor of the topics whose own are lower."""
    return select(EventLogOrigin.base)


def at_least_base(column: Any) -> ColumnElement[int]:
    """Return a topic's head or floor in SQL: the base if that is higher or the topic has no row."""
    lowest = base().scalar_subquery()
    return case((column > lowest, column), else_=lowest)


def present_columns(dialect: str) -> str:
    """Return the SQL columns `present`, the identity of the database, `written` and `started`."""
    its = _EXPRESSIONS[dialect]
    return f"{its.present} AS present, {its.written} AS written, {its.started} AS started"


def is_unchanged(dialect: str) -> ColumnElement[bool]:
    """Return in SQL what `require` requires, with the start that was seen as the parameter `started`."""
    its = _EXPRESSIONS[dialect]
    recorded = f"(SELECT identity IN ('', {its.present}) FROM event_log_origin)"  # noqa: S608 # nosec  # constants
    started = literal_column(its.started, String)
    is_same_start = func.coalesce(bindparam("started", type_=String), started) == started
    return and_(literal_column(recorded, Boolean), is_same_start)


def written(dialect: str) -> ColumnElement[int]:
    """Return in SQL how long the log of changes is, as the column `written`."""
    return literal_column(_EXPRESSIONS[dialect].written, BigInteger).label("written")


def read(connection: Connection) -> Origin:
    dialect = connection.dialect.name
    columns = f"{present_columns(dialect)}, {_EXPRESSIONS[dialect].recovered} AS recovered"
    statement = f"SELECT identity, base, {columns} FROM event_log_origin"  # noqa: S608 # nosec  # constants
    row = connection.execute(text(statement)).one()
    return Origin(*row)


def seen(connection: Connection) -> Seen:
    """Return what is known of the connection's database: an option of its engine."""
    known: Seen = connection.get_execution_options()["seen"]
    return known


def require(
    known: Seen,
    known_start: str | None,
    recorded: str,
    present: str | None,
    written: int,
    started: str,
) -> None:
    """Raise OriginChanged unless this is the database on which the numbers were issued.

    It is if no other identity is recorded, and if its server has not started again since
    `known_start`, which was known before the numbers were asked for. Otherwise its log of changes may
    be shorter than before. The rest came with the numbers.
    """
    if recorded not in ("", present) or known_start not in (None, started):
        raise OriginChanged
    known.note_written(written)


def record(
    connection: Connection, *, has_lost_commits: bool = False, known_base: int | None = None
) -> None:
    """Record the present identity; raise the base if another one was recorded, or if asked to.

    With `known_base`, it is not raised again where another worker has raised it above that. It is
    raised above that in any case: a restore can bring back the time before an earlier loss.

    To be called in a transaction that issues no numbers: those could be below the new base, and the
    transaction would hold the lock on this row for longer.
    """
    row = select(EventLogOrigin.base).with_for_update()
    connection.execute(row)  # another worker may be doing the same
    origin = read(connection)
    values = {"identity": origin.present, "base": origin.base}
    is_raised = known_base is not None and origin.base > known_base
    is_another = bool(origin.identity) and not origin.is_recorded
    if is_another or (has_lost_commits and not is_raised):
        highest = connection.execute(text("SELECT max(head) FROM topics")).scalar() or 0
        values["base"] = max(highest, origin.base, known_base or 0) + LEAP
    connection.execute(update(EventLogOrigin).values(**values))
