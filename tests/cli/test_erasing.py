"""`flask users erase`: nothing of a person is left but duels without their name."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.events import user_topic
from qader_sse.service import Service
from qader_sse.store import event_log
from tests.cli.conftest import Ask, Run
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD
from tests.support.tables import dump, unchanged

AsUser = Callable[[str], FlaskClient]


def test_every_row_goes_that_is_not_needed_by_others(service: Service, run: Run, amal: int) -> None:
    run("users", "erase", "amal-z", "--yes")
    rows = dump(service)
    gone = {
        *("blocks", "django_users", "idempotency_keys", "password_resets", "stream_notes"),
        "stream_tickets",
    }
    assert {name for name in gone if rows[name]} == set()
    with service.database.autocommit() as connection:
        bounds = event_log.bounds(connection, user_topic(amal))
    assert bounds.floor == bounds.head > 0
    ended = [row.end_reason for row in rows["login_sessions"] if row.user_id == amal]
    assert ended == ["disabled", "disabled"]
    told = [event.fact["reason"] for event in rows["events"] if event.topic == "sessions"]
    assert told == ["disabled", "disabled"]


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
    assert (entries[0]["operator"], entries[0]["username"]) == ("badr", f"erased:{amal}")


def test_erasing_once_more_changes_nothing_but_the_log(
    service: Service, run: Run, amal: int
) -> None:
    run("users", "erase", "amal-z", "--yes")
    before = dump(service)
    said = run("users", "erase", f"erased:{amal}", "--yes")
    assert said.endswith("0 duels ended\n")
    after = dump(service)
    assert {name for name in before if after[name] != before[name]} == {"audit_log"}
