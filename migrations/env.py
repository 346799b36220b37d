"""Run by Alembic: points it at the app's engine and tables."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from qader_sse.extensions import Base
from qader_sse.store import models

engine = current_app.extensions["migrate"].db.engine
if engine.dialect.name != "sqlite":
    # The service's own connections give up after seconds; a migration may take its time.
    engine = create_engine(engine.url, poolclass=NullPool)


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    # Migrations stay readable and runnable when the model module moves.
    if kind == "type" and isinstance(item, models.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=engine.dialect.name == "sqlite",  # SQLite alters a table by rebuilding it
        compare_type=True,
        transaction_per_migration=True,  # no lock is held longer than its own migration takes
    )
    with context.begin_transaction():
        context.run_migrations()
