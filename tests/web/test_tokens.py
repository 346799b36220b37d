"""Access and refresh tokens: who they sign in, how they are exchanged, and what ends them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qader_sse.service import Service
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD

LOGIN = "/api/v1/auth/login/"
LOGOUT = "/api/v1/auth/logout/"
REFRESH = "/api/v1/auth/token/refresh/"
ME = "/api/v1/users/me/"
WHILE_REPEATED, NO_LONGER_REPEATED = 29, 31  # seconds after an exchange

Pair = dict[str, str]


@pytest.fixture
def client(app: Flask, people: dict[str, int]) -> FlaskClient:
    """A client that keeps no cookies, as a front end on another site."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def pair(client: FlaskClient) -> Pair:
    answer = client.post(LOGIN, json={"username": "noura", "password": PASSWORD})
    assert answer.status_code == 200
    return {name: answer.get_json()[name] for name in ("access", "refresh")}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(client: FlaskClient, token: str) -> TestResponse:
    return client.get(ME, headers=bearer(token))


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post(REFRESH, json={"refresh": token})


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.claim("A5")
def test_an_access_token_signs_in_without_a_cookie(client: FlaskClient, pair: Pair) -> None:
    answer = me(client, pair["access"])
    assert (answer.status_code, answer.get_json()["username"]) == (200, "noura")
    created = client.post(
        CHALLENGES, json={"challenge_type": "quick_quant_10"}, headers=bearer(pair["access"])
    )
    assert created.status_code == 201


@pytest.mark.claim("A6")
def test_the_claims_are_those_that_deployed_front_ends_read(
    pair: Pair, people: dict[str, int]
) -> None:
    for token_type in ("access", "refresh"):
        found = claims(pair[token_type])
        assert {"token_type", "user_id", "jti", "exp", "iat", "sid"} == set(found)
        assert (found["token_type"], found["user_id"]) == (token_type, people["noura"])


@pytest.mark.claim("A5")
def test_a_token_opens_a_stream_and_polls(client: FlaskClient, pair: Pair) -> None:
    for path in ("/sse/challenges/notifications/", "/api/v1/challenges/notifications/events/"):
        with client.get(path, headers=bearer(pair["access"])) as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "null", "undefined", "é"])
def test_what_is_no_token_is_a_401(client: FlaskClient, token: str) -> None:
    assert me(client, token).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"token_type": "refresh"}, {"user_id": 1_000}, {"sid": "another"}, {"exp": 1}, {"exp": None}],
)
def test_a_token_that_was_changed_is_a_401_whoever_signed_it(
    client: FlaskClient, pair: Pair, change: dict[str, Any]
) -> None:
    """Signed with another key, as by whoever does not know ours."""
    forged = jwt.encode(claims(pair["access"]) | change, "x" * 32, algorithm="HS256")
    assert me(client, forged).status_code == 401


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_token_without_a_signature_is_a_401(client: FlaskClient, pair: Pair) -> None:
    forged = jwt.encode(claims(pair["access"]), "", algorithm="none")
    assert me(client, forged).status_code == 401


def test_a_refresh_token_gives_no_access(client: FlaskClient, pair: Pair) -> None:
    assert me(client, pair["refresh"]).status_code == 401
    assert refresh(client, pair["access"]).status_code == 401


@pytest.mark.claim("A5")
def test_a_token_counts_and_not_the_cookie_beside_it(
    app: Flask, people: dict[str, int], as_user: Callable[[str], FlaskClient], pair: Pair
) -> None:
    khalid = as_user("khalid")
    assert me(khalid, pair["access"]).get_json()["username"] == "noura"
    assert me(khalid, "broken").status_code == 401
    assert khalid.get(ME).get_json()["username"] == "khalid"


@pytest.mark.claim("A6", "A7")
def test_an_access_token_runs_out_and_is_refreshed(
    client: FlaskClient, pair: Pair, clock: SettableClock, service: Service
) -> None:
    clock.advance(service.settings.access_token_seconds)
    assert me(client, pair["access"]).status_code == 401
    renewed = refresh(client, pair["refresh"])
    assert renewed.status_code == 200
    assert me(client, renewed.get_json()["access"]).status_code == 200


@pytest.mark.claim("A7")
def test_each_exchange_gives_another_refresh_token(client: FlaskClient, pair: Pair) -> None:
    second = refresh(client, pair["refresh"]).get_json()
    third = refresh(client, second["refresh"]).get_json()
    assert len({pair["refresh"], second["refresh"], third["refresh"]}) == 3


@pytest.mark.claim("A7")
def test_two_exchanges_at_once_get_the_same_newest_token(
    client: FlaskClient, pair: Pair, clock: SettableClock
) -> None:
    """As of a page that has two calls under way when its access token runs out."""
    first = refresh(client, pair["refresh"]).get_json()
    clock.advance(WHILE_REPEATED)
    second = refresh(client, pair["refresh"]).get_json()
    assert claims(first["refresh"])["jti"] == claims(second["refresh"])["jti"]
    assert refresh(client, second["refresh"]).status_code == 200


@pytest.mark.claim("A7")
def test_a_refresh_token_that_is_used_again_ends_the_session(
    client: FlaskClient, pair: Pair, clock: SettableClock
) -> None:
    newest = refresh(client, pair["refresh"]).get_json()
    clock.advance(NO_LONGER_REPEATED)
    assert refresh(client, pair["refresh"]).status_code == 401
    assert me(client, newest["access"]).status_code == 401
    assert refresh(client, newest["refresh"]).status_code == 401


def test_an_older_refresh_token_ends_the_session_at_once(client: FlaskClient, pair: Pair) -> None:
    second = refresh(client, pair["refresh"]).get_json()
    refresh(client, second["refresh"])
    assert refresh(client, pair["refresh"]).status_code == 401
    assert me(client, second["access"]).status_code == 401


@pytest.mark.claim("A6")
def test_signing_out_ends_the_tokens_at_once(client: FlaskClient, pair: Pair) -> None:
    assert client.post(LOGOUT, headers=bearer(pair["access"])).status_code == 204
    assert me(client, pair["access"]).status_code == 401
    assert refresh(client, pair["refresh"]).status_code == 401


def test_signing_out_with_a_token_that_has_run_out_ends_the_session_as_well(
    app: Flask, people: dict[str, int], clock: SettableClock, service: Service
) -> None:
    """The session stayed open behind the same 204, and the browser kept its cookie."""
    browser = app.test_client()
    tokens = browser.post(LOGIN, json={"username": "noura", "password": PASSWORD}).get_json()
    clock.advance(service.settings.access_token_seconds)
    assert browser.post(LOGOUT, headers=bearer(tokens["access"])).status_code == 204
    assert browser.get(ME).status_code == 401
    assert refresh(browser, tokens["refresh"]).status_code == 401


@pytest.mark.parametrize("token_type", ["refresh", "access"])
def test_no_token_but_an_access_token_of_ours_signs_out(
    client: FlaskClient, pair: Pair, token_type: str
) -> None:
    given = pair["refresh"]
    if token_type == "access":
        given = jwt.encode(claims(pair["access"]), "x" * 32, algorithm="HS256")
    assert client.post(LOGOUT, headers=bearer(given)).status_code == 204
    assert me(client, pair["access"]).status_code == 200


def test_a_disabled_account_has_no_tokens(
    client: FlaskClient, pair: Pair, service: Service, clock: SettableClock
) -> None:
    service.administration.accounts.disable("noura", act(clock()))
    assert me(client, pair["access"]).status_code == 401
    assert refresh(client, pair["refresh"]).status_code == 401


@pytest.mark.claim("A9")
@pytest.mark.parametrize(("remembered", "days"), [(True, 14), (False, 1), (None, 14)])
def test_remember_me_is_the_life_of_the_sign_in(
    client: FlaskClient, remembered: bool | None, days: int
) -> None:
    body = {"username": "noura", "password": PASSWORD, "rememberMe": remembered}
    answer = client.post(LOGIN, json=body)
    found = claims(answer.get_json()["refresh"])
    assert timedelta(seconds=found["exp"] - found["iat"]) == timedelta(days=days)
    assert ("Expires" in answer.headers["Set-Cookie"]) == (remembered is not False)


@pytest.mark.claim("A8")
@pytest.mark.parametrize("login", ["NOURA@example.org", "  noura@example.org ", " noura "])
def test_people_sign_in_by_their_e_mail_address_as_well(
    client: FlaskClient, service: Service, login: str
) -> None:
    registered = {"username": "noura2", "password": PASSWORD, "email": "noura@example.org"}
    assert client.post("/api/v1/auth/register/", json=registered).status_code == 201
    expected = "noura" if login.strip() == "noura" else "noura2"
    answer = client.post(LOGIN, json={"username": login, "password": PASSWORD})
    assert answer.get_json()["user"]["username"] == expected


def test_an_account_that_takes_the_e_mail_address_of_another_does_not_get_its_sign_ins(
    client: FlaskClient,
) -> None:
    for username, password in (("owner", PASSWORD), ("taker", "another-" + PASSWORD)):
        body = {"username": username, "password": password, "email": "owner@example.org"}
        assert client.post("/api/v1/auth/register/", json=body).status_code == 201
    answer = client.post(LOGIN, json={"username": "owner@example.org", "password": PASSWORD})
    assert answer.get_json()["user"]["username"] == "owner"


def test_oneself_has_what_deployed_front_ends_read(client: FlaskClient, pair: Pair) -> None:
    found = me(client, pair["access"]).get_json()
    assert found["profile_complete"] is True
    assert (found["is_staff"], found["is_super"]) == (False, False)
    assert found["subscription"] == {"is_active": True}
    assert {"email", "role", "points", "language_code", "level_determined", "referral"} <= set(
        found
    )
    assert {"unread_notifications_count", "current_streak_days", "created_at"} <= set(found)
