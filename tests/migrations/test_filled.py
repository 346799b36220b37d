"""Each migration, down and up again, on databases of both engines with rows in every table."""

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from qader_sse.extensions import db
from qader_sse.installation import MIGRATIONS
from qader_sse.service import Service
from tests.support.duel import add_users, started_duel
from tests.support.filled_tables import contents, fill
from tests.support.tables import differences, row_counts, table_names

# Of the versions before, nobody has a database any more that is upgraded step by step.
OLDEST = "0006"


@pytest.fixture
def filled_app(empty_app: Flask) -> Flask:
    """A database with a duel, and a row in each table that it leaves empty."""
    assert empty_app.test_cli_runner().invoke(args=["set-up"]).exit_code == 0
    service: Service = empty_app.extensions["qader_sse"]
    (noura, _) = add_users(service, "noura", "khalid")
    duel = started_duel(service, noura, "khalid")
    service.challenges.answer(duel.id, noura, duel.questions[0].id, "A", 2.5, service.clock())
    with service.database.transaction() as tx:
        # The step down from 0018 deletes sessions that have an end of their own, on purpose.
        fill(tx.connection, "login_sessions.expires_at")
    return empty_app


def everything(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table.name: contents(connection, table) for table in db.metadata.sorted_tables}


def test_every_table_is_filled(filled_app: Flask) -> None:
    assert min(row_counts().values()) > 0


def test_each_step_down_and_up_again_keeps_the_rows(filled_app: Flask) -> None:
    """A step down may drop a table or a column; whatever else there is stays."""
    revisions = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()]
    for revision in revisions[: revisions.index(OLDEST)]:
        before = row_counts()
        downgrade()
        between = row_counts()
        assert between == {name: before[name] for name in between}, revision
        upgrade(revision=revision)
        after = row_counts()
        assert after | between == after, revision
        downgrade()
    upgrade()
    assert differences() == []


def test_an_upgrade_changes_nothing_that_was_there_before(filled_app: Flask) -> None:
    with db.engine.connect() as connection:
        before = everything(connection)
    downgrade(revision="0024")
    upgrade()
    with db.engine.connect() as connection:
        after = everything(connection)
    kept = {name for name, rows in after.items() if rows and name != "events"}
    assert len(kept) > 15
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert [event[:5] for event in after["events"]] == [event[:5] for event in before["events"]]


def test_a_step_that_fails_midway_is_undone_and_can_be_taken_again(empty_app: Flask) -> None:
    """0027 creates a table, then an index on it; here the name of the index is taken."""
    upgrade(revision="0026")
    before = table_names()
    with db.engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_audit_log_at ON users (created_at)"))
    with pytest.raises(DBAPIError, match="already exists"):
        upgrade()
    assert table_names() == before
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_audit_log_at"))
    upgrade()
    assert differences() == []
