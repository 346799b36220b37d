"""What holds for both databases: it answers, has the tables of this version, and can be played on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from qader_sse import demo_accounts
from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Finding
from qader_sse.installation import COMMAND, MIGRATIONS
from qader_sse.store import schema_check


def answers(exam: Examination) -> Iterator[Finding]:
    try:
        exam.engine.connect().close()
    except DBAPIError as error:
        yield Finding(
            "database_away",
            f"DATABASE_URL: {schema_check.unreachable(error)}.",
            "Try the same address by hand (psql, sqlite3) on this machine.",
            ends_part=True,
        )


def is_migrated(exam: Examination) -> Iterator[Finding]:
    if schema_check.problem(exam.engine, MIGRATIONS):
        yield Finding(
            "database_not_migrated",
            "The database does not have the tables of this version.",
            f"Run: {COMMAND} db upgrade",
            ends_part=True,
        )


def contents(exam: Examination) -> Iterator[Finding]:
    service = exam.service
    if service.question_bank.is_empty():
        yield Finding(
            "no_questions",
            "The question bank is empty: nobody can play.",
            f"Run: {COMMAND} questions import FILE",
        )
    if exam.settings.is_local or exam.settings.demo_accounts:
        return
    with service.database.autocommit() as connection:
        names = demo_accounts.usable(
            connection, lambda found: service.passwords.matches(found, demo_accounts.DEMO_PASSWORD)
        )
    if names:
        yield Finding(
            "demo_accounts",
            f"Anybody can sign in as {' and '.join(names)}: the password is published.",
            f"Run: {COMMAND} users disable {names[0]}"
            + (", and the same for the others" if names[1:] else ""),
        )


def free_disk(exam: Examination, folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    if free < exam.options.least_free_bytes:
        yield Finding(
            "disk_nearly_full",
            f"{free // 1024**2} MB are free where the database lies ({folder}).",
            "Free some, or enlarge the disk: when it is full, nobody can play until it is not.",
        )
