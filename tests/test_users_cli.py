"""The commands `flask users …`, for operators and load tests."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.service import Service
from qader_sse.store import accounts
from tests.support.duel import PASSWORD
from tests.support.tables import unchanged

Run = Callable[..., str]

ME = "/api/v1/users/me/"


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs `flask users …`, checks its exit code and returns its output."""

    def users(*arguments: str, exit_code: int = 0, typed: str | None = None) -> str:
        result = app.test_cli_runner().invoke(args=["users", *arguments], input=typed)
        assert result.exit_code == exit_code, result.output
        return result.output

    return users


def sign_in_status(client: FlaskClient, username: str, password: str = PASSWORD) -> int:
    credentials = {"username": username, "password": password}
    return client.post("/api/v1/auth/login/", json=credentials).status_code


def test_created_accounts_can_sign_in(app: Flask, run: Run) -> None:
    assert run("create", "alia", "badr", "--password", PASSWORD) == "alia: created\nbadr: created\n"
    assert sign_in_status(app.test_client(), "alia") == 200
    assert sign_in_status(app.test_client(), "badr") == 200
    assert sign_in_status(app.test_client(), "alia", "wrong-password") == 401


def test_the_password_is_asked_for_twice_when_it_is_not_given(app: Flask, run: Run) -> None:
    output = run("create", "alia", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in output
    assert sign_in_status(app.test_client(), "alia") == 200


@pytest.mark.parametrize("taken", ["alia", "ALIA", "a1ia"])
def test_a_taken_name_is_refused_before_a_password_is_asked_for(
    service: Service, run: Run, taken: str
) -> None:
    """It used to be asked for twice, and then nothing was done with it."""
    run("create", "alia", "--password", PASSWORD)
    with unchanged(service):
        output = run("create", taken, "badr", typed="", exit_code=1)
    said = "is taken, or looks like a name that is. Nobody was created."
    assert output == f"Error: {taken} {said}\n"


def test_without_an_answer_nobody_is_created(service: Service, run: Run) -> None:
    with unchanged(service):
        output = run("create", "alia", typed="", exit_code=1)
    assert output.endswith(
        "No password was given, by --password or when asked. Nobody was created.\n"
    )


def test_names_that_look_alike_are_not_both_created(service: Service, run: Run) -> None:
    with unchanged(service):
        output = run("create", "badr", "BADR", "--password", PASSWORD, exit_code=1)
    said = "One of these names is taken, or two look alike. Nobody was created."
    assert output == f"Error: {said}\n"


def test_two_thousand_accounts_are_seeded_once_and_can_sign_in(app: Flask, run: Run) -> None:
    seed = ("seed", "--count", "2000", "--password", PASSWORD)
    assert run(*seed) == "2000 accounts created, 0 there already\n"
    for number in (1, 2, 999, 1000, 1001, 2000):
        assert sign_in_status(app.test_client(), f"loaduser{number}") == 200
    assert sign_in_status(app.test_client(), "loaduser2001") == 401
    assert run(*seed) == "0 accounts created, 2000 there already\n"


def test_seeding_more_adds_only_what_is_missing(run: Run, service: Service) -> None:
    run("seed", "--count", "3", "--prefix", "p", "--password", PASSWORD)
    output = run("seed", "--count", "5", "--prefix", "p", "--password", PASSWORD)
    assert output == "2 accounts created, 3 there already\n"
    with service.database.read_transaction() as connection:
        names = [accounts.by_username(connection, f"p{n}") is not None for n in range(1, 7)]
    assert names == [True] * 5 + [False]


@pytest.mark.parametrize("count", ["0", "-1", "100001", "many"])
def test_a_count_out_of_range_is_refused(count: str, run: Run) -> None:
    assert "--count" in run("seed", "--count", count, "--password", PASSWORD, exit_code=2)


def test_seeded_names_can_be_invited(app: Flask, run: Run) -> None:
    run("seed", "--count", "2", "--password", PASSWORD)
    client = app.test_client()
    sign_in_status(client, "loaduser1")
    invite = {"opponent_username": "loaduser2", "challenge_type": "quick_quant_10"}
    assert client.post("/api/v1/challenges/challenges/", json=invite).status_code == 201


def test_a_disabled_account_is_signed_out_and_cannot_sign_in(app: Flask, run: Run) -> None:
    run("create", "alia", "--password", PASSWORD)
    client = app.test_client()
    sign_in_status(client, "alia")
    assert client.get(ME).status_code == 200

    assert run("disable", "alia") == "alia is disabled\n"
    assert client.get(ME).status_code == 401
    assert sign_in_status(client, "alia") == 401


def test_an_enabled_account_signs_in_again_and_its_old_sessions_stay_ended(
    app: Flask, run: Run
) -> None:
    run("create", "alia", "--password", PASSWORD)
    old_device = app.test_client()
    sign_in_status(old_device, "alia")
    run("disable", "alia")
    assert run("enable", "alia") == "alia is enabled\n"
    assert old_device.get(ME).status_code == 401
    assert sign_in_status(app.test_client(), "alia") == 200


def test_disabling_one_account_leaves_the_others(app: Flask, run: Run) -> None:
    run("create", "alia", "badr", "--password", PASSWORD)
    other = app.test_client()
    sign_in_status(other, "badr")
    run("disable", "alia")
    assert other.get(ME).status_code == 200


def test_a_username_is_found_in_any_letter_case(app: Flask, run: Run) -> None:
    run("create", "Alia", "--password", PASSWORD)
    run("disable", "ALIA")
    assert sign_in_status(app.test_client(), "alia") == 401


@pytest.mark.parametrize("command", ["disable", "enable"])
def test_an_unknown_username_is_named_and_nothing_changes(command: str, run: Run) -> None:
    assert run(command, "nobody", exit_code=1) == "Error: There is no account named nobody.\n"
