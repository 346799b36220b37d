"""PostgreSQL: how it is set up, and whether it has room for all connections of all workers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from qader_sse.doctor import database_checks
from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part
from qader_sse.store.models import Presence

_OLDEST_VERSION = 15
_MOST_CLOCK_SECONDS = 1.0
_MOST_LAG_SECONDS = 30
# So many dead rows, and more of them than of others, show that nothing removes them.
_MANY_DEAD_ROWS = 50_000


def _rows(exam: Examination, statement: str, *values: object) -> list[Any]:
    with exam.service.database.autocommit() as connection:
        return list(connection.exec_driver_sql(statement, values or None).all())


def _setting(exam: Examination, name: str) -> str:
    rows = _rows(exam, "SELECT current_setting(%s)", name)
    return str(rows[0][0])


def server(exam: Examination) -> Iterator[Finding]:
    version = int(_setting(exam, "server_version_num")) // 10_000
    if version < _OLDEST_VERSION:
        yield Finding(
            "postgres_old",
            f"PostgreSQL is {version}; {_OLDEST_VERSION} is the oldest that was tested.",
            f"Upgrade it with pg_upgrade to {_OLDEST_VERSION} or later.",
        )
    if (encoding := _setting(exam, "server_encoding")) != "UTF8":
        yield Finding(
            "postgres_encoding",
            f"The database stores texts as {encoding}, in which Arabic is lost or refused.",
            "Create another with ENCODING 'UTF8' TEMPLATE template0, and move the rows by pg_dump.",
        )
    if (isolation := _setting(exam, "default_transaction_isolation")) != "read committed":
        yield Finding(
            "postgres_isolation",
            f"Transactions are {isolation} by default: what two players do at once fails for one.",
            "Run: ALTER DATABASE … RESET default_transaction_isolation; look in postgresql.conf and"
            " at ALTER ROLE, too.",
        )
    is_standby = _rows(exam, "SELECT pg_is_in_recovery()")[0][0]
    if is_standby or _setting(exam, "default_transaction_read_only") == "on":
        why = "it is a standby" if is_standby else "default_transaction_read_only is on"
        yield Finding(
            "postgres_read_only",
            f"The database takes no writes: {why}.",
            "Point DATABASE_URL to the primary."
            if is_standby
            else "Run: ALTER DATABASE … RESET default_transaction_read_only;",
        )


def connections(exam: Examination) -> Iterator[Finding]:
    """Compare what all workers may open with what the server, the database and the role allow."""
    limit, reserved, of_database, of_role = _rows(
        exam,
        "SELECT current_setting('max_connections')::int,"
        " current_setting('superuser_reserved_connections')::int, datconnlimit, rolconnlimit"
        " FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user",
    )[0]
    room = min([limit - reserved, *(most for most in (of_database, of_role) if most >= 0)])
    size = exam.settings.database_pool_size
    with exam.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        is_pooled = getattr(driver, "is_pooled", False)
    needed = _workers(exam) * (size + 1)
    if needed > room and not is_pooled:
        yield Finding(
            "max_connections",
            f"{_workers(exam)} workers open up to {size + 1} connections each, {needed} together, and"
            f" PostgreSQL has room for {room}.",
            f"Set max_connections = {needed + 20} in postgresql.conf, or lower DATABASE_POOL_SIZE.",
        )


def _workers(exam: Examination) -> int:
    """Return how many workers have lately told who is there; if none serves, those of this node."""
    lately = exam.service.clock() - timedelta(seconds=3 * exam.settings.presence_seconds)
    serving = select(func.count()).select_from(Presence).where(Presence.seen_at > lately)
    with exam.service.database.autocommit() as connection:
        found = connection.scalar(serving) or 0
    return found or int(exam.gunicorn["workers"])


def replication(exam: Examination) -> Iterator[Finding]:
    for name, state, lag in _rows(
        exam,
        "SELECT application_name, state, extract(epoch FROM flush_lag) FROM pg_stat_replication"
        " WHERE state <> 'backup'",
    ):
        seconds = float(lag or 0)
        if state != "streaming" or seconds > _MOST_LAG_SECONDS:
            yield Finding(
                "replication_lag",
                f"The standby {name} is behind ({state}, {seconds:.0f} s): a failover would lose what"
                " it lacks.",
                "Look at its log, its disk and its network.",
            )
    unread = _rows(exam, "SELECT slot_name FROM pg_replication_slots WHERE NOT active")
    for (slot,) in unread:
        yield Finding(
            "replication_slot",
            f"Nobody reads the replication slot {slot}: PostgreSQL keeps all WAL for it, until the"
            " disk is full.",
            f"Start its standby, or run: SELECT pg_drop_replication_slot('{slot}');",
        )
    names = _setting(exam, "synchronous_standby_names")
    synchronous = "SELECT 1 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
    if names and not _rows(exam, synchronous):
        yield Finding(
            "no_synchronous_standby",
            f"Every commit waits for a synchronous standby ({names}), and none is connected.",
            "Start one, or empty synchronous_standby_names.",
        )


def archive(exam: Examination) -> Iterator[Finding]:
    for file, failures in _rows(
        exam,
        "SELECT last_failed_wal, failed_count FROM pg_stat_archiver"
        " WHERE last_failed_time > coalesce(last_archived_time, '-infinity')",
    ):
        yield Finding(
            "archive_fails",
            f"archive_command fails for {file} ({failures} times so far): no later moment can be"
            " recovered, and PostgreSQL keeps its log of changes until the disk is full.",
            "Its own log has what the command says: a full disk, a folder that is not its account's,"
            " or a file that is there already.",
        )


def autovacuum(exam: Examination) -> Iterator[Finding]:
    if _setting(exam, "autovacuum") == "off" or _setting(exam, "track_counts") == "off":
        yield Finding(
            "autovacuum_off",
            "Autovacuum is off: tables grow with every answer, and queries get slower.",
            "Set autovacuum = on and track_counts = on in postgresql.conf.",
        )
    for (table,) in _rows(
        exam,
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND"
        " reloptions @> ARRAY['autovacuum_enabled=false']",
    ):
        yield Finding(
            "autovacuum_off",
            f"Autovacuum is off for the table {table}.",
            f"Run: ALTER TABLE {table} RESET (autovacuum_enabled);",
        )
    for table, dead in _rows(
        exam,
        "SELECT relname, n_dead_tup FROM pg_stat_user_tables"
        " WHERE n_dead_tup > greatest(%s, n_live_tup)",
        _MANY_DEAD_ROWS,
    ):
        yield Finding(
            "dead_rows",
            f"The table {table} has {dead} dead rows, more than others.",
            f"Look for transactions that stay open (pg_stat_activity), then run: VACUUM {table};",
        )


def free_disk(exam: Examination) -> Iterator[Finding]:
    """Look at the disk where the server runs on this machine, and lets this role see its folder."""
    rows = _rows(exam, "SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    folder = Path(str(rows[0][0])) if rows and exam.engine.url.host in _THIS_MACHINE else None
    if folder is not None and folder.exists():
        yield from database_checks.free_disk(exam, folder)


_THIS_MACHINE = (None, "", "localhost", "127.0.0.1", "::1")


def clock(exam: Examination) -> Iterator[Finding]:
    asked_at = exam.clock()
    with exam.service.database.autocommit() as connection:
        theirs = connection.scalar(select(func.clock_timestamp()))
    ahead = (theirs - asked_at - (exam.clock() - asked_at) / 2).total_seconds() if theirs else 0.0
    if abs(ahead) > _MOST_CLOCK_SECONDS:
        yield Finding(
            "database_clock",
            f"PostgreSQL's clock is {ahead:+.1f} s off the one of this machine.",
            "Have NTP (chrony, systemd-timesyncd) keep both; duels follow PostgreSQL's.",
        )


POSTGRES = Part(
    "PostgreSQL",
    lambda exam: not exam.is_sqlite,
    (
        Check("answers", database_checks.answers),
        Check("server", server),
        Check("tables of this version", database_checks.is_migrated),
        Check("clock", clock),
        Check("room for connections", connections),
        Check("replication", replication),
        Check("archive", archive),
        Check("autovacuum", autovacuum),
        Check("free disk", free_disk),
        Check("questions and demo accounts", database_checks.contents),
    ),
)
