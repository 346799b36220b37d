"""Checks that the database can be reached and has the tables that this code needs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import cached_property

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, select, table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from qader_sse.installation import COMMAND
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import dialect_of
from qader_sse.store.errors import StoreUnavailable

# Alembic would send the same, but first take a millisecond to find out whether there is such a table.
_CURRENT = CompiledStatement(select(column("version_num")).select_from(table("alembic_version")))


class TableCheck:
    """Looks whether the tables are those of this version, and keeps the last answer.

    Tables newer than the code knows are fine: in a rolling deployment the migrations come first,
    and old workers must still start.
    """

    INTERVAL_SECONDS = 5.0

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Connection]], migrations: str
    ) -> None:
        # A start looks before anything serves. But a reload brings a new version without looking,
        # and somebody may take the tables back to an earlier one.
        self.are_migrated = True
        self._connect = connect
        self._migrations = migrations

    def run_once(self) -> None:
        """Look again; where the database does not answer, the last answer stays."""
        with suppress(SQLAlchemyError, StoreUnavailable):
            self.are_migrated = self.look()

    def look(self) -> bool:
        """Return whether the tables are those of this version, or newer. Raises what `connect` does."""
        current = self._current
        head, known = self._revisions
        return current == head or (current is not None and current not in known)

    @property
    def _current(self) -> str | None:
        """The revision of the tables; None where there are none of ours."""
        with self._connect() as connection:
            try:
                revisions = _CURRENT.run(connection, {})
            except DBAPIError as error:
                if dialect_of(connection).failure_of(error):
                    raise
                return None  # there is no such table
        return revisions[0][0] if revisions else None

    @cached_property
    def _revisions(self) -> tuple[str | None, set[str]]:
        scripts = ScriptDirectory(self._migrations)
        return scripts.get_current_head(), {one.revision for one in scripts.walk_revisions()}


def problem(engine: Engine, migrations: str) -> str | None:
    """Return what is wrong with the database, or None."""
    try:
        if TableCheck(engine.connect, migrations).look():
            return None
    except DBAPIError as error:
        return unreachable(error)
    return f"its tables are not those of this version. Run: {COMMAND} db upgrade"


def unreachable(error: DBAPIError) -> str:
    """Say that the database did not answer, and what the driver says, which never holds the password."""
    why = " ".join(str(error.orig).split())
    return f"it cannot be reached ({why}). Start it, or correct the address"


def refusal(why: str) -> str:
    """Return the sentence, without its full stop, that names the setting to look at."""
    return f"DATABASE_URL: the database does not serve: {why}"
