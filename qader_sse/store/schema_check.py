"""Whether the database is there, and has the tables this code was written for."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError


def problem(engine: Engine, migrations: str) -> str | None:
    """Say what is wrong with the database, or None.

    A newer one than the code knows is fine: in a rolling deploy the tables come first, and
    old workers still start.
    """
    scripts = ScriptDirectory(migrations)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        return f"it cannot be reached ({str(error.orig).strip()}). Start it, or correct the address"
    head = scripts.get_current_head()
    known = {script.revision for script in scripts.walk_revisions()}
    if current == head or (current is not None and current not in known):
        return None
    return "its tables are not those of this version. Run: flask --app wsgi db upgrade"
