"""`flask users …` and `flask sessions …`: finding, renaming and signing people out."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from qader_sse.service import Service
from qader_sse.store import account_search
from qader_sse.store.secret_tokens import HASH_LENGTH
from qader_sse.store.session_models import LoginSession
from tests.cli.conftest import Ask, Run, runner
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD, add_users, sign_in
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]
ME = "/api/v1/users/me/"


def usernames_of(answer: dict[str, list[dict[str, object]]]) -> list[object]:
    return [user["username"] for user in answer["users"]]


def register(app: Flask, **profile: str) -> None:
    body = {"password": PASSWORD, **profile}
    assert app.test_client().post("/api/v1/auth/register/", json=body).status_code == 201


def test_people_are_found_by_id_and_by_parts_of_their_names_and_addresses(
    app: Flask, ask: Ask, people: dict[str, int]
) -> None:
    register(app, username="Amal", full_name="أمل الزهراني", email="amal_z@school.example")
    for text in ("mal", "AMAL", "الزهراني", "_z@school", "AMAL_Z@"):
        assert usernames_of(ask("users", "find", text)) == ["Amal"]
    assert usernames_of(ask("users", "find", str(people["khalid"]))) == ["khalid"]
    assert usernames_of(ask("users", "find", "a%l")) == []
    everybody = ["Amal", "fahad", "khalid", "noura", "sara", "stranger"]
    assert usernames_of(ask("users", "find")) == everybody
    assert usernames_of(ask("users", "find", "--limit", "2")) == everybody[:2]


def test_the_list_says_who_is_disabled_and_when_somebody_last_signed_in(
    run: Run, ask: Ask, as_user: AsUser
) -> None:
    as_user("noura")
    run("users", "disable", "khalid")
    khalid, noura = (ask("users", "find", name)["users"][0] for name in ("khalid", "noura"))
    now = "2026-01-01T12:00:00.000Z"
    assert (khalid["disabled_at"], khalid["last_session_at"]) == (now, None)
    assert (noura["disabled_at"], noura["last_session_at"]) == (None, now)
    header, line = run("users", "find", "khalid").splitlines()
    assert header.split()[:2] == ["id", "username"]
    assert line.split()[1:4] == ["khalid", "Khalid", "-"]
    assert run("users", "find", "nobody-here") == "Nobody was found.\n"


def test_a_number_too_large_for_an_id_finds_nobody(service_on_either: Service) -> None:
    with service_on_either.database.read_transaction() as connection:
        assert account_search.find(connection, "9" * 30, 5) == []
        assert [a.username for a in account_search.find(connection, "OUR", 5)] == ["noura"]


def test_who_is_renamed_stays_signed_in_and_signs_in_by_the_new_name(
    app: Flask, run: Run, as_user: AsUser
) -> None:
    noura = as_user("noura")
    said = "noura is nora now, and signs in by that name\n"
    assert run("users", "rename", "noura", "nora") == said
    assert noura.get(ME).get_json()["username"] == "nora"
    sign_in(app.test_client(), "nora")
    old = {"username": "noura", "password": PASSWORD}
    assert app.test_client().post("/api/v1/auth/login/", json=old).status_code == 401
    khalid = as_user("khalid")
    invite = {"opponent_username": "nora", "challenge_type": "quick_quant_10"}
    assert khalid.post(CHALLENGES, json=invite).status_code == 201


@pytest.mark.parametrize("new", ["khalid", "KHALID", "kha1id"])
def test_nobody_gets_a_name_that_is_taken_or_looks_so(
    service: Service, run: Run, people: dict[str, int], new: str
) -> None:
    with unchanged(service):
        said = run("users", "rename", "noura", new, exit_code=1)
    refusal = "is taken, or looks like a name that is. Nothing was changed."
    assert said == f"Error: {new} {refusal}\n"


def test_renaming_on_postgres_refuses_a_taken_name(postgres_app: Flask) -> None:
    service: Service = postgres_app.extensions["qader_sse"]
    add_users(service, "rawan", "huda")
    run = runner(postgres_app)
    assert "is taken" in run("users", "rename", "rawan", "huda", exit_code=1)
    assert run("users", "rename", "rawan", "RAWAN").startswith("rawan is RAWAN now")


def test_a_name_may_change_only_its_letter_case(run: Run, people: dict[str, int]) -> None:
    run("users", "rename", "noura", "Noura")
    assert "Noura" in run("users", "find", "noura")


@pytest.mark.parametrize("new", ["two words", "random", "x" * 151])
def test_a_name_that_nobody_may_have_is_refused(
    service: Service, run: Run, people: dict[str, int], new: str
) -> None:
    with unchanged(service):
        assert "cannot be a username" in run("users", "rename", "noura", new, exit_code=1)


def test_the_sessions_of_a_person_are_listed_and_ended_one_by_one(
    run: Run, ask: Ask, as_user: AsUser, clock: SettableClock
) -> None:
    phone = as_user("noura")
    clock.advance(60)
    laptop = as_user("noura")
    newest, oldest = ask("sessions", "list", "noura")["sessions"]
    assert newest["opened_at"] > oldest["opened_at"]
    assert run("sessions", "end", "noura", oldest["id"]) == "1 session of noura ended\n"
    assert [one.get(ME).status_code for one in (phone, laptop)] == [401, 200]
    assert [one["id"] for one in ask("sessions", "list", "noura")["sessions"]] == [newest["id"]]


@pytest.mark.parametrize("beginning", ["-", "--", "-json", "--as"])
def test_a_session_is_ended_whatever_its_id_begins_with(
    service: Service, run: Run, as_user: AsUser, beginning: str
) -> None:
    as_user("noura")
    session_id = beginning.ljust(HASH_LENGTH, "x")
    with service.database.transaction() as tx:
        tx.connection.execute(update(LoginSession).values(id=session_id))
    assert run("sessions", "end", "noura", session_id) == "1 session of noura ended\n"
    assert run("sessions", "list", "noura") == "noura is signed in nowhere.\n"


def test_all_sessions_of_a_person_are_ended(run: Run, as_user: AsUser) -> None:
    phone, laptop, khalid = as_user("noura"), as_user("noura"), as_user("khalid")
    assert run("sessions", "end", "noura", "--all") == "2 sessions of noura ended\n"
    assert [one.get(ME).status_code for one in (phone, laptop, khalid)] == [401, 401, 200]
    assert run("sessions", "list", "noura") == "noura is signed in nowhere.\n"


def test_nobody_is_signed_out_of_a_session_of_somebody_else(
    service: Service, run: Run, ask: Ask, as_user: AsUser
) -> None:
    as_user("noura")
    (of_noura,) = ask("sessions", "list", "noura")["sessions"]
    with unchanged(service):
        said = run("sessions", "end", "khalid", of_noura["id"], exit_code=1)
        assert f"khalid has no open session {of_noura['id']}" in said
        assert "--all" in run("sessions", "end", "noura", exit_code=2)
        assert "--all" in run("sessions", "end", "noura", of_noura["id"], "--all", exit_code=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "rename", "nobody", "somebody"),
        ("sessions", "list", "nobody"),
        ("sessions", "end", "nobody", "--all"),
    ],
)
def test_somebody_who_is_not_there_is_named(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, exit_code=1) == "Error: There is no account named nobody.\n"
