"""Copies a SQLite database that is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path


class DamagedCopy(Exception):
    """SQLite finds mistakes in the copy; the text is the first of them."""


def copy(database: Path, target: Path) -> None:
    """Copy all that was committed until now into a new or an empty file.

    Copying the file itself would miss what is still in its write-ahead log. The whole is one read
    transaction: writers go on meanwhile, and none of them makes SQLite begin again, as it does
    where the copy is made in steps.
    """
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(target)) as into,
    ):
        source.backup(into)
        # One file, whose name somebody may change: no journal belongs to it.
        into.execute("PRAGMA journal_mode=DELETE")
        (found,) = into.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DamagedCopy(found)
