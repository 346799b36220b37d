"""`flask users export` and `erase`: what a person can ask for."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import accounts
from qader_sse.store.accounts import Profile
from tests.cli.conftest import Ask, Run
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD, play_to_the_end, started_duel, user_id
from tests.support.tables import dump, unchanged

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


@pytest.fixture
def amal(app: Flask, service: Service, people: dict[str, int], run: Run) -> int:
    """Somebody of whom there is something in every table; return their id."""
    client = app.test_client()
    body = {
        "username": "amal-z",
        "password": PASSWORD,
        "full_name": "Amal Zahrani",
        "email": "amal@school.example",
        "grade": "Twelfth grade",
    }
    assert client.post("/api/v1/auth/register/", json=body).status_code == 201
    found, now = user_id(service, "amal-z"), service.clock()
    session = service.accounts.sign_in("amal-z", PASSWORD, None, now, device="Zen browser")
    service.stream_tickets.issue(session.id, "/sse/challenges/notifications/", now)
    run("users", "reset-link", "amal-z")
    run("users", "link", "django-17", "amal-z")
    service.blocks.block(found, "stranger", now)
    play_to_the_end(service, started_duel(service, found, "khalid"))
    service.challenges.seek(found, "accuracy_challenge", now, key="a key of amal's")
    service.challenges.invite(people["noura"], "medium_verbal_15", "amal-z", now)
    service.challenges.invite(found, "comprehensive_20", "noura", now)
    started_duel(service, people["khalid"], "amal-z", "speed_challenge_5min")
    return found


def test_every_table_that_refers_to_people_is_in_an_export_and_erased() -> None:
    referring = {
        table.name
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("users", "login_sessions")
    }
    assert referring == set(EXPORTED)


def test_an_export_has_everything_that_is_stored_of_a_person(
    ask: Ask, service: Service, amal: int
) -> None:
    found = ask("users", "export", "AMAL-Z")
    assert set(found) == {"account", "notifications", "audit_log", *EXPORTED.values()}
    streams = found.pop("streams")
    assert streams == []  # no worker runs here that would note any
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


def test_nothing_of_a_person_is_left_when_the_logs_of_their_duels_are_gone(
    service: Service, run: Run, amal: int, clock: SettableClock
) -> None:
    run("users", "rename", "amal-z", "amal-zz")
    said = run("users", "erase", "amal-zz", "--yes")
    assert (
        said == f"amal-zz is erased, and is erased:{amal} in the duels of others; 3 duels ended\n"
    )
    traces = (
        "amal-z",
        "Amal",
        "Zahrani",
        "school.example",
        "Twelfth",
        "Zen",
        "django-17",
        "a key of",
    )

    def tables_with_traces() -> set[str]:
        return {
            name
            for name, rows in dump(service).items()
            if any(trace in str(rows) for trace in traces)
        }

    assert tables_with_traces() == {"events"}
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.delete_old()
    assert tables_with_traces() == set()


def test_who_is_erased_is_signed_out_and_their_rivals_keep_their_duels(
    app: Flask, service: Service, run: Run, amal: int, as_user: AsUser, clock: SettableClock
) -> None:
    client = app.test_client()
    credentials = {"username": "amal-z", "password": PASSWORD}
    assert client.post("/api/v1/auth/login/", json=credentials).status_code == 200
    run("users", "erase", "amal-z", "--yes")
    assert client.get("/api/v1/users/me/").status_code == 401
    assert client.post("/api/v1/auth/login/", json=credentials).status_code == 401

    khalid = as_user("khalid")
    service.challenge_cache.clear()  # names are cached for a minute
    listed = khalid.get(CHALLENGES).get_json()["results"]
    left, finished = listed
    assert (left["status"], left["user_is_winner"]) == ("completed", True)
    assert (left["opponent"]["username"], left["opponent"]["full_name"]) == (f"erased:{amal}", "")
    assert (finished["user_score"], finished["opponent_score"]) == (0, 10)
    statuses = {c["status"] for c in as_user("noura").get(CHALLENGES).get_json()["results"]}
    assert statuses == {"declined", "cancelled"}
    again = {"opponent_username": f"erased:{amal}", "challenge_type": "quick_quant_10"}
    assert khalid.post(CHALLENGES, json=again).status_code == 400
    assert run("users", "create", "amal-z", "--password", PASSWORD) == "amal-z: created\n"


def test_nobody_is_erased_without_a_yes(service: Service, run: Run, amal: int) -> None:
    with unchanged(service):
        said = run("users", "erase", "amal-z", typed="\n", exit_code=1)
        assert said.startswith("Erase amal-z for good?")
        assert "Nothing was changed." in said
        for command in (("export", "nobody"), ("erase", "nobody")):
            refused = run("users", *command, exit_code=1)
            assert refused == "Error: There is no account named nobody.\n"


def test_what_was_done_stays_in_the_audit_log_without_what_it_said(
    ask: Ask, run: Run, amal: int
) -> None:
    run("users", "rename", "amal-z", "amal-zz")
    run("users", "erase", "amal-zz", "--yes", "--as", "badr")
    entries = ask("audit", "--on", f"user:{amal}")["entries"]
    assert [(one["action"], one["details"]) for one in entries[:2]] == [
        ("users erase", {}),
        ("users rename", {}),
    ]
    assert (entries[0]["name"], entries[0]["username"]) == ("badr", f"erased:{amal}")


def test_erasing_once_more_changes_nothing_but_the_log(
    service: Service, run: Run, amal: int
) -> None:
    run("users", "erase", "amal-z", "--yes")
    before = dump(service)
    said = run("users", "erase", f"erased:{amal}", "--yes")
    assert said.endswith("0 duels ended\n")
    after = dump(service)
    assert {name for name in before if after[name] != before[name]} == {"audit_log"}


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
