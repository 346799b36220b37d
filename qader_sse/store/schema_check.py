"""Checks that the database can be reached and has the tables that this code needs."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from qader_sse.installation import COMMAND


def problem(engine: Engine, migrations: str) -> str | None:
    """Return what is wrong with the database, or None.

    Tables newer than the code knows are fine: in a rolling deployment the migrations come first,
    and old workers must still start.
    """
    scripts = ScriptDirectory(migrations)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        return unreachable(error)
    head = scripts.get_current_head()
    known = {script.revision for script in scripts.walk_revisions()}
    if current == head or (current is not None and current not in known):
        return None
    return f"its tables are not those of this version. Run: {COMMAND} db upgrade"


def unreachable(error: DBAPIError) -> str:
    """Say that the database did not answer, and what the driver says, which never holds the password."""
    why = " ".join(str(error.orig).split())
    return f"it cannot be reached ({why}). Start it, or correct the address"


def refusal(why: str) -> str:
    """Return the sentence, without its full stop, that names the setting to look at."""
    return f"DATABASE_URL: the database does not serve: {why}"
