"""`flask users export`: all that is stored about a person."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import accounts, exported_columns
from qader_sse.store.accounts import Profile
from tests.cli.conftest import Ask, Run
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id
from tests.support.tables import dump

AsUser = Callable[[str], FlaskClient]

# Every table with a column that refers to people, and the keys of an export that have its rows.
# What refers to sessions belongs to people as well.
EXPORTED = {
    "answers": "challenges",
    "attempts": "challenges",
    "blocks": "blocked",
    "challenges": "challenges",
    "django_users": "django_ids",
    "idempotency_keys": "requests",
    "login_sessions": "sessions",
    "password_resets": "reset_links",
    "stream_notes": "streams",
    "stream_tickets": "stream_tickets",
}


def test_every_table_that_refers_to_people_is_in_an_export_and_erased() -> None:
    referring = {
        table.name
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("users", "login_sessions")
    }
    assert referring == set(EXPORTED)


def test_each_column_of_these_tables_is_either_exported_or_kept_back() -> None:
    tables = [db.metadata.tables[name] for name in ("users", "audit_log", *EXPORTED)]
    exported, kept_back = (
        {(column.class_.__tablename__, column.key) for column in columns}
        for columns in (exported_columns.EXPORTED, exported_columns.KEPT_BACK)
    )
    exported -= {("questions", "code")}
    assert exported & kept_back == set()
    assert exported | kept_back == {(t.name, column.key) for t in tables for column in t.columns}


def test_an_export_has_everything_that_is_stored_of_a_person(
    ask: Ask, service: Service, amal: int
) -> None:
    found = ask("users", "export", "AMAL-Z")
    assert set(found) == {"account", "notifications", "audit_log", *EXPORTED.values()}
    assert [key for key, part in found.items() if not part] == []
    account = found["account"]
    assert (account["id"], account["username"]) == (amal, "amal-z")
    assert (account["full_name"], account["email"]) == ("Amal Zahrani", "amal@school.example")
    assert [session["device"] for session in found["sessions"]][1:] == ["Zen browser"]
    assert found["blocked"] == [{"username": "stranger", "created_at": "2026-01-01T12:00:00.000Z"}]
    assert found["django_ids"] == [{"django_id": "django-17"}]
    assert found["requests"][0]["key"] == "a key of amal's"
    finished = found["challenges"][0]
    assert (finished["challenger"], finished["opponent"], finished["winner"]) == (
        *("amal-z", "khalid"),
        "amal-z",
    )
    assert (finished["score"], len(finished["answers"])) == (10, 10)
    assert {answer["is_correct"] for answer in finished["answers"]} == {True}
    told = [one["type"] for one in found["notifications"]]
    assert told.count("new_challenge_invite") == 2
    actions = [entry["action"] for entry in found["audit_log"]]
    assert actions == ["users reset-link", "users link", "users export"]


def test_an_export_has_no_secret_and_nothing_of_others_but_their_usernames(
    run: Run, service: Service, amal: int
) -> None:
    """Who has blocked somebody is nothing that the blocked one may learn."""
    service.blocks.block(user_id(service, "khalid"), "amal-z", service.clock())
    said = run("users", "export", "amal-z")
    rows = dump(service)
    secrets = [
        *(row.password_hash for row in rows["users"]),
        *(row.id for name in ("password_resets", "stream_tickets") for row in rows[name]),
        *(row.refresh_id for row in rows["login_sessions"] if row.refresh_id),
    ]
    assert [secret for secret in secrets if secret in said] == []
    assert json.loads(said)["blocked"] == [
        {"username": "stranger", "created_at": "2026-01-01T12:00:00.000Z"}
    ]
    stored = json.loads(said)
    del stored["notifications"]  # an invite has told the full name of whoever sent it
    assert [name for name in ("Khalid", "Noura", "Stranger") if name in str(stored)] == []


def test_an_export_is_written_to_a_new_file_for_its_owner_alone(
    run: Run, amal: int, tmp_path: Path
) -> None:
    file = tmp_path / "amal.json"
    run("users", "export", "amal-z", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["account"]["id"] == amal
    again = run("users", "export", "amal-z", str(file), exit_code=1)
    assert again == f"Error: {file} cannot be written: File exists.\n"


def test_exporting_and_erasing_on_both_databases(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    with service.database.transaction() as tx:
        accounts.insert_missing(tx.connection, [Profile("reem", "Reem")], "", clock())
    reem = user_id(service, "reem")
    duel = started_duel(service, reem, "khalid")
    data = service.administration.personal_data
    found = data.export("reem", act(clock()))
    assert [one["id"] for one in found["challenges"]] == [duel.id]
    assert data.erase("reem", act(clock())) == (f"erased:{reem}", 1)
    shown, _ = service.administration.challenges.show(duel.id)
    assert (shown.end_reason, shown.winner_id) == ("left", user_id(service, "khalid"))
