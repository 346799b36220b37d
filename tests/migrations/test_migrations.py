"""The migrations create exactly the tables of the models, and keep the rows in them."""

import re

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect, text

from qader_sse.extensions import Base, db
from qader_sse.installation import MIGRATIONS
from qader_sse.store import schema_check, secret_tokens
from tests.support.duel import CHALLENGES, add_users, sign_in, started_duel
from tests.support.tables import differences, dump, row_counts, table_names

# What these tables have, the set-up of the tests' database for one, goes with them.
GO_WITH_THEIR_TABLES = dict.fromkeys(
    ("audit_log", "stream_workers", "stream_notes", "stream_looks"), 0
)


def created_tables() -> dict[str, str]:
    """Return the statements by which SQLite would create the tables and indexes."""
    statements = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with db.engine.connect() as connection:
        return {row.name: row.sql for row in connection.execute(statements)}


def test_the_migrations_have_one_head() -> None:
    assert len(ScriptDirectory(MIGRATIONS).get_heads()) == 1


def test_all_migrations_give_exactly_the_tables_of_the_models(empty_app: Flask) -> None:
    assert table_names() == set()
    upgrade()
    assert table_names() == set(Base.metadata.tables)
    assert differences() == []


def test_the_check_constraints_of_the_models_are_in_the_database(empty_app: Flask) -> None:
    """Alembic's compare_metadata leaves them out."""
    upgrade()
    inspector = inspect(db.engine)
    for table in Base.metadata.tables.values():
        expected = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert {c["name"] for c in inspector.get_check_constraints(table.name)} == expected


def test_migrating_down_to_nothing_and_up_again_works(empty_app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert table_names() == set()
    upgrade()
    assert differences() == []


def test_migrating_a_database_in_use_keeps_its_rows(app: Flask) -> None:
    """To change a table, SQLite copies it into a new one, while rows of other tables refer to it."""
    service = app.extensions["qader_sse"]
    challenger, _ = add_users(service, "noura", "khalid")
    started_duel(service, challenger, "khalid")
    with app.app_context():
        counts = row_counts() | GO_WITH_THEIR_TABLES
        downgrade(revision="0006")
        created_later = {
            "event_log_origin": 1,
            "blocks": 0,
            "stream_tickets": 0,
            "password_resets": 0,
            "django_users": 0,
            **GO_WITH_THEIR_TABLES,
        }
        assert row_counts() | created_later == counts
        upgrade()
        assert row_counts() == counts
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_going_back_by_some_versions_and_forth_again_changes_no_table(app: Flask) -> None:
    """A table that SQLite copies loses what Alembic does not see: AUTOINCREMENT, and its checks."""
    service = app.extensions["qader_sse"]
    challenger, _ = add_users(service, "noura", "khalid")
    started_duel(service, challenger, "khalid")
    with app.app_context():
        tables_before, counts = created_tables(), row_counts() | GO_WITH_THEIR_TABLES
        downgrade(revision="0019")
        assert row_counts() | GO_WITH_THEIR_TABLES == counts
        upgrade()
        assert (created_tables(), row_counts()) == (tables_before, counts)


# Rows as a version before 0010 left them. One session is open and one has ended.
PLAIN_TOKENS = """
INSERT INTO users (id, username, username_key, password_hash, full_name, created_at)
VALUES (7, 'noura', 'noura', '', 'Noura', :now);
INSERT INTO login_sessions (token, user_id, created_at, ended_at)
VALUES ('open-one', 7, :now, NULL), ('ended-one', 7, :now, :now);
INSERT INTO topics (name, head, floor) VALUES ('sessions', 1, 0);
INSERT INTO events (topic, seq, type, fact, created_at)
VALUES ('sessions', 1, 'session.ended', :fact, :now)
"""


def test_hashing_the_tokens_of_sessions_signs_nobody_out(empty_app: Flask) -> None:
    service = empty_app.extensions["qader_sse"]
    upgrade(revision="0009")
    values = {"now": str(service.clock()), "fact": '{"token": "ended-one", "reason": "disabled"}'}
    with db.engine.begin() as connection:
        for statement in PLAIN_TOKENS.split(";"):
            names = re.findall(r":(\w+)", statement)
            connection.execute(text(statement), {name: values[name] for name in names})
    upgrade()
    service.hub.ended_sessions.catch_up()
    assert service.hub.ended_sessions.reason(secret_tokens.hashed("ended-one")) == "disabled"
    assert "ended-one" not in str(dump(service))
    assert status_with_cookie(empty_app, "open-one") == 200


def status_with_cookie(app: Flask, token: str) -> int:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client.get("/api/v1/users/me/").status_code


def test_of_accounts_that_look_alike_the_first_keeps_further_ones_away(app: Flask) -> None:
    """Some were created before usernames were compared by what they look like."""
    add_users(app.extensions["qader_sse"], "noura", "khalid")
    with app.app_context():
        downgrade(revision="0010")
        with db.engine.begin() as connection:
            connection.execute(
                text("UPDATE users SET username = :twin WHERE username = 'khalid'"),
                {"twin": "noura\u034f"},
            )
        upgrade()
        with db.engine.connect() as connection:
            found = connection.execute(text("SELECT username, username_skeleton FROM users"))
            assert {("noura", "noura"), ("noura\u034f", None)} < {tuple(row) for row in found}
    body = {"username": "n0ura", "password": "correct-horse-7"}
    answer = app.test_client().post("/api/v1/auth/register/", json=body)
    assert (answer.status_code, list(answer.get_json())) == (400, ["username"])


def test_a_missing_column_is_reported_as_a_difference(empty_app: Flask) -> None:
    """Otherwise an empty list of differences would mean nothing."""
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE users DROP COLUMN grade"))
    assert len(differences()) == 1


def test_setting_up_again_changes_nothing_in_a_database_in_use(app: Flask) -> None:
    service = app.extensions["qader_sse"]
    challenger, _ = add_users(service, "noura", "khalid")
    duel = started_duel(service, challenger, "khalid")
    client = sign_in(app.test_client(), "noura")
    before = client.get(f"{CHALLENGES}{duel.id}/").json
    with app.app_context():
        counts = row_counts()
    for _ in range(2):
        result = app.test_cli_runner().invoke(args=["set-up"])
        assert result.exit_code == 0, result.output
        assert result.output == "demo accounts: 0 created, 2 there\n"
        assert "demo accounts: 0 created, 2 there" in result.output
    with app.app_context():
        assert row_counts() == counts
    assert client.get(f"{CHALLENGES}{duel.id}/").json == before


def test_set_up_creates_a_missing_database(empty_app: Flask) -> None:
    result = empty_app.test_cli_runner().invoke(args=["set-up"])
    assert result.exit_code == 0, result.output
    assert "demo accounts: 2 created" in result.output
    assert row_counts()["questions"] > 100


def test_tables_of_an_older_version_are_a_reason_not_to_start(empty_app: Flask) -> None:
    folder = MIGRATIONS
    assert "flask --app wsgi db upgrade" in (schema_check.problem(db.engine, folder) or "")
    upgrade()
    assert schema_check.problem(db.engine, folder) is None


def test_tables_of_a_newer_version_are_no_reason_not_to_start(empty_app: Flask) -> None:
    """A rolling deployment migrates first, and workers of the old version must still start."""
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    assert schema_check.problem(db.engine, MIGRATIONS) is None
