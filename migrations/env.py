"""Alembic runs this: it connects Alembic to the app's database and tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from flask import current_app

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from qader_sse.cli.migration_steps import AS_A_PART, MigrationSteps
from qader_sse.store import migration_locks, models, schema_check, sqlite
from qader_sse.store.column_types import UtcDateTime

# Not the service's engine: on PostgreSQL that ends statements after four seconds, and a migration
# may take longer.
engine = create_engine(current_app.extensions["migrate"].db.engine.url, poolclass=NullPool)
is_sqlite = engine.dialect.name == "sqlite"
if is_sqlite:
    sqlite.prepare(engine)

    @event.listens_for(engine, "connect")
    def ignore_foreign_keys(connection: Any, record: object) -> None:
        # SQLite changes most properties of a table only by copying it into a new one and dropping
        # the old one, to which other tables refer. Set for each new connection, because the pragma
        # has no effect within a transaction.
        connection.execute("PRAGMA foreign_keys=OFF")
else:
    migration_locks.limit_waits(engine)


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    # A migration names SQLAlchemy's own types, so that it still runs after a change of the models.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def connected() -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except DBAPIError as error:
        refusal = schema_check.refusal(schema_check.unreachable(error))
        raise click.ClickException(f"{refusal}.") from None
    with connection:
        yield connection


def changes_tables() -> bool:
    """Whether the command is one like `upgrade`; `current`, for example, names no revision."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def is_relative() -> bool:
    """Whether the revision is so many steps from the present one, such as `-1`."""
    return str(context.get_revision_argument()).startswith(("+", "-"))


def run_migrations() -> None:
    with context.begin_transaction():
        context.run_migrations()


with connected() as connection:
    before = MigrationContext.configure(connection).get_current_heads()
    connection.rollback()  # looking has begun a transaction
    steps = MigrationSteps(before, is_a_part=context.get_tag_argument() == AS_A_PART)
    context.configure(
        connection=connection,
        target_metadata=models.Base.metadata,
        render_item=render_item,
        render_as_batch=is_sqlite,  # SQLite can change a table only by rebuilding it
        compare_type=True,
        transaction_per_migration=True,  # a lock is held only for the migration that needs it
        on_version_apply=steps.note,
    )
    try:
        migration_locks.run_between_locks(
            run_migrations,
            engine,
            # Counted from another revision, as many steps lead elsewhere.
            may_run_again=lambda: not (steps.taken and is_relative()),
        )
    except migration_locks.LockHeld as refusal:
        raise click.ClickException(str(refusal)) from None
    if changes_tables():
        steps.summarise(context.get_context().get_current_heads())
