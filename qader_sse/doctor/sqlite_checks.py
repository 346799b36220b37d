"""SQLite: who may read the file, its journal, damage, and the disk it lies on."""

from collections.abc import Iterator
from pathlib import Path

from qader_sse.doctor import database_checks
from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part

_OF_OTHERS = 0o077
_WRITABLE_BY_OTHERS = 0o022
_STICKY = 0o1000
# Reading a larger file from its beginning to its end takes too long.
_MOST_CHECKED_BYTES = 2 * 1024**3


def _file(exam: Examination) -> Path:
    with exam.service.database.autocommit() as connection:
        (_, _, path), *_ = connection.exec_driver_sql("PRAGMA database_list").all()
    return Path(path)


def modes(exam: Examination) -> Iterator[Finding]:
    """Look before anything opens the database: that takes the permissions of others away."""
    if not exam.engine.url.database:
        return  # in memory
    path = Path(exam.engine.url.database)
    open_to_others = [
        found
        for suffix in ("", "-wal", "-shm")
        if (found := Path(f"{path}{suffix}")).exists() and found.stat().st_mode & _OF_OTHERS
    ]
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        yield Finding(
            "database_readable",
            "Other users of this machine may read the database, with its e-mail addresses and hashes of"
            f" passwords: {names}.",
            f"Run: chmod 600 {names}",
        )
    mode = path.parent.stat().st_mode if path.parent.exists() else 0
    if mode & _WRITABLE_BY_OTHERS and not mode & _STICKY:
        yield Finding(
            "folder_writable",
            f"Other users of this machine may replace the database: they may write into {path.parent}.",
            f"Run: chmod go-w {path.parent}",
        )


def journal(exam: Examination) -> Iterator[Finding]:
    with exam.service.database.autocommit() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode != "wal":
        yield Finding(
            "journal_mode",
            f"SQLite's journal is {mode}, not WAL: readers and writers wait for each other, and what is"
            " in memory alone ends with the process.",
            "Name a file on a local disk (no NFS, no SMB): DATABASE_URL=sqlite:////path/qader.sqlite3",
        )


def damage(exam: Examination) -> Iterator[Finding]:
    path = _file(exam)
    if not path.is_file() or path.stat().st_size > _MOST_CHECKED_BYTES:
        return
    with exam.service.database.autocommit() as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if said != "ok":
        yield Finding(
            "database_damaged",
            f"The database is damaged: {' '.join(str(said).split())}.",
            "Stop the service and restore a backup; sqlite3's .recover saves what can be read.",
        )


def free_disk(exam: Examination) -> Iterator[Finding]:
    if (path := _file(exam)).is_file():
        yield from database_checks.free_disk(exam, path.parent)


SQLITE = Part(
    "SQLite",
    lambda exam: exam.is_sqlite,
    (
        Check("modes of its files", modes),
        Check("answers", database_checks.answers),
        Check("damage", damage),
        Check("journal", journal),
        Check("tables of this version", database_checks.is_migrated),
        Check("free disk", free_disk),
        Check("questions and demo accounts", database_checks.contents),
    ),
)
