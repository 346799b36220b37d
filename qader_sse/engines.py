"""How the service connects to its database: the options of its engine, and an engine for checks."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event

from qader_sse.config import Settings
from qader_sse.store import json_codec, postgres
from qader_sse.store.dialect import is_sqlite


def options(settings: Settings) -> dict[str, Any]:
    # Database errors are logged, without the parameters: e-mail addresses and session tokens.
    options: dict[str, Any] = {"hide_parameters": True} | json_codec.ENGINE_OPTIONS
    if settings.database_url.startswith("sqlite"):  # there is no engine yet that could be asked
        return options
    return options | postgres.engine_options(settings.database_pool_size)


def for_checks(engine: Engine) -> Engine:
    """Return an engine with one connection, for checks alone; on SQLite, which needs none, this one."""
    if is_sqlite(engine):
        return engine
    options = postgres.engine_options(pool_size=1)
    own = create_engine(engine.url, pool_pre_ping=True, **options)
    postgres.prepare(own)
    return own


def count_statements(engine: Engine, count: Callable[..., None]) -> None:
    """Have `count` called for each statement that the engine sends."""
    event.listen(engine, "before_cursor_execute", count)
