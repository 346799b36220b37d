"""Access tokens of an existing Django deployment that signs with the same key."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qader_sse import create_app
from qader_sse.domain import usernames
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.acts import act
from tests.support.buses import SilenceableBus
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD, add_users, user_id

KEY = "the key of the Django deployment, long enough"
ME = "/api/v1/users/me/"
NOTIFICATIONS = "/sse/challenges/notifications/"
MINUTES = 5  # as simplejwt has it by default


@pytest.fixture
def start(database_url: str, clock: SettableClock) -> Iterator[Callable[[str], FlaskClient]]:
    """Return a function that starts an app with a value of DJANGO_TOKENS; it has noura and khalid."""
    apps: list[Flask] = []

    def start_app(django_tokens: str) -> FlaskClient:
        settings = make_settings(database_url, jwt_signing_key=KEY, django_tokens=django_tokens)
        apps.append(create_app(settings, clock=clock, bus=SilenceableBus()))
        add_users(apps[-1].extensions["qader_sse"], "noura", "khalid")
        return apps[-1].test_client(use_cookies=False)

    yield start_app
    for app in apps:
        dispose(app)


@pytest.fixture
def client(start: Callable[[str], FlaskClient]) -> FlaskClient:
    return start("create")


def service_of(client: FlaskClient) -> Service:
    found: Service = client.application.extensions["qader_sse"]
    return found


def django_token(clock: SettableClock, user: object = 7, key: str = KEY, **changes: Any) -> str:
    """Sign a token as djangorestframework-simplejwt does."""
    now = clock()
    claims = {
        "token_type": "access",
        "user_id": user,
        "jti": "5f0c0a7e9a2b4c9d8e1f2a3b4c5d6e7f",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=MINUTES)).timestamp()),
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key, algorithm="HS256")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(client: FlaskClient, token: str) -> TestResponse:
    return client.get(ME, headers=bearer(token))


def username(client: FlaskClient, token: str) -> str:
    answer = me(client, token)
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["username"])


def test_by_default_they_are_no_tokens(
    start: Callable[[str], FlaskClient], clock: SettableClock
) -> None:
    assert me(start("off"), django_token(clock)).status_code == 401


def test_somebody_who_comes_first_gets_an_account_and_keeps_it(
    client: FlaskClient, clock: SettableClock
) -> None:
    name = username(client, django_token(clock))
    assert usernames.is_allowed(name)
    later = django_token(clock, jti="another")
    assert username(client, later) == name
    assert username(client, django_token(clock, user="7", jti="a third")) == name
    assert username(client, django_token(clock, user=8)) != name


def test_an_id_of_theirs_is_never_taken_for_one_of_ours(
    client: FlaskClient, clock: SettableClock
) -> None:
    """Both number their users from 1."""
    noura = user_id(service_of(client), "noura")
    token = django_token(clock, user=noura)
    assert me(client, token).get_json()["id"] != noura
    assert username(client, token).startswith("player-")


def test_newcomers_are_refused_where_only_known_people_are_taken(
    start: Callable[[str], FlaskClient], clock: SettableClock
) -> None:
    client = start("known")
    answer = me(client, django_token(clock))
    assert answer.status_code == 401
    assert "have no account here yet" in answer.get_json()["detail"]
    link(client, "7", "noura")
    assert username(client, django_token(clock)) == "noura"
    assert me(client, django_token(clock, user=8)).status_code == 401


def link(client: FlaskClient, django_id: str, name: str) -> str:
    runner = client.application.test_cli_runner()
    result = runner.invoke(args=["users", "link", django_id, name])
    return str(result.output)


def test_an_account_that_was_created_can_be_replaced_by_another(
    client: FlaskClient, clock: SettableClock
) -> None:
    token = django_token(clock)
    assert username(client, token) != "noura"
    assert link(client, "7", "noura") == link(client, "7", "noura") == "7 is noura here\n"
    assert me(client, token).status_code == 401  # what it opened is signed out
    assert username(client, django_token(clock, jti="the next")) == "noura"
    assert "linked to another id" in link(client, "8", "noura")
    assert "no account named nobody" in link(client, "8", "nobody")


@pytest.mark.parametrize(
    "change",
    [
        {"token_type": "refresh"},
        {"token_type": "sliding"},
        {"user_id": True},
        {"user_id": "a\x00"},
        {"user_id": "7" * 256},
        {"user_id": [7]},
        {"user_id": None},
        {"jti": None},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 10**30},
        {"aud": "another service"},
        {"sid": "a session"},
        {"key": "x" * 40},
    ],
    ids=str,
)
def test_what_is_no_access_token_of_theirs_is_a_401(
    client: FlaskClient, clock: SettableClock, change: dict[str, Any]
) -> None:
    assert me(client, django_token(clock, **change)).status_code == 401


def test_it_runs_out(client: FlaskClient, clock: SettableClock) -> None:
    token = django_token(clock)
    assert me(client, token).status_code == 200
    clock.advance(60 * MINUTES)
    assert me(client, token).status_code == 401


def test_signing_out_ends_it_until_it_has_run_out(
    client: FlaskClient, clock: SettableClock
) -> None:
    """Also where the rows of sessions are deleted before, and however the token is written."""
    years = int((clock() + timedelta(days=3650)).timestamp())
    token = django_token(clock, exp=years)
    name = username(client, token)
    assert client.post("/api/v1/auth/logout/", headers=bearer(token)).status_code == 204
    assert me(client, token).status_code == 401
    clock.advance(30 * 86_400)
    service_of(client).sweeper.delete_old()
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        assert me(client, token[:-1] + last).status_code == 401
    assert username(client, django_token(clock, jti="the next")) == name


def test_its_session_is_one_in_the_list_while_it_is_valid(
    client: FlaskClient, clock: SettableClock
) -> None:
    for jti in ("first", "second"):
        token = django_token(clock, jti=jti)
        listed = client.get("/api/v1/auth/sessions/", headers=bearer(token)).get_json()
        assert [found["is_current"] for found in listed["results"]] == [True]
        clock.advance(60 * MINUTES)


def test_a_disabled_account_is_refused_with_every_token(
    client: FlaskClient, clock: SettableClock
) -> None:
    token = django_token(clock)
    name = username(client, token)
    service_of(client).administration.accounts.disable(name, act(clock()))
    assert me(client, token).status_code == 401
    assert me(client, django_token(clock, jti="the next")).status_code == 401


def test_a_changed_password_ends_the_tokens_until_the_deployment_gives_another(
    client: FlaskClient, clock: SettableClock
) -> None:
    link(client, "7", "noura")
    token = django_token(clock)
    assert username(client, token) == "noura"
    login = client.post("/api/v1/auth/login/", json={"username": "noura", "password": PASSWORD})
    assert username(client, login.get_json()["access"]) == "noura"  # tokens of ours beside theirs
    body = {"old_password": PASSWORD, "new_password": "another-" + PASSWORD}
    changed = client.post(
        "/api/v1/auth/password/", json=body, headers=bearer(login.get_json()["access"])
    )
    assert changed.get_json()["ended_sessions"] == 1
    assert me(client, token).status_code == 401
    assert username(client, django_token(clock, jti="the next")) == "noura"


def test_its_refresh_token_is_exchanged_where_it_comes_from(
    client: FlaskClient, clock: SettableClock
) -> None:
    path, body = (
        "/api/v1/auth/token/refresh/",
        {"refresh": django_token(clock, token_type="refresh")},
    )
    answer = client.post(path, json=body)
    assert answer.status_code == 401
    assert "Exchange it there" in answer.get_json()["detail"]
    stranger = {"refresh": django_token(clock, token_type="refresh", key="x" * 40)}
    assert "Sign in again" in client.post(path, json=stranger).get_json()["detail"]


def test_with_a_token_one_acts_follows_and_gets_tickets(
    client: FlaskClient, clock: SettableClock
) -> None:
    headers = bearer(django_token(clock))
    created = client.post(CHALLENGES, json={"challenge_type": "quick_quant_10"}, headers=headers)
    assert created.status_code == 201
    ticket = client.post("/api/v1/auth/ticket/", json={"stream": NOTIFICATIONS}, headers=headers)
    path = f"{NOTIFICATIONS}?ticket={ticket.get_json()['ticket']}"
    for answer in (client.get(NOTIFICATIONS, headers=headers), client.get(path)):
        with answer:
            assert answer.status_code == 200
