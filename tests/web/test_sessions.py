"""Sessions: they end by signing out, by another sign-in and by disabling, and cannot be forged."""

import time
from collections.abc import Callable

import itsdangerous.timed
import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import accounts
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, sign_in
from tests.support.statements import counted
from tests.support.tables import unchanged

LOGIN = "/api/v1/auth/login/"
LOGOUT = "/api/v1/auth/logout/"
ME = "/api/v1/users/me/"

NOT_SIGNED_IN = {"detail": "You are not signed in. Sign in and try again."}
WRONG = {"detail": "Wrong username or password."}

AsUser = Callable[[str], FlaskClient]


def with_cookie(app: Flask, value: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("sessionid", value)
    return client


def noura_and_a_copy(app: Flask) -> tuple[FlaskClient, FlaskClient]:
    """Return the browser of noura, and another one with a copy of its cookie."""
    client = app.test_client()
    sign_in(client, "noura")
    cookie = client.get_cookie("sessionid")
    assert cookie is not None
    copy = with_cookie(app, cookie.value)
    assert client.get(ME).status_code == copy.get(ME).status_code == 200
    return client, copy


def disable(service: Service, user_id: int) -> None:
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, user_id, service.clock())


def test_a_disabled_account_cannot_sign_in(
    app: Flask, service: Service, people: dict[str, int]
) -> None:
    disable(service, people["noura"])
    response = app.test_client().post(LOGIN, json={"username": "noura", "password": PASSWORD})
    assert (response.status_code, response.json) == (401, WRONG)


def test_disabling_an_account_ends_its_sessions(
    service: Service, as_user: AsUser, people: dict[str, int]
) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    disable(service, people["noura"])
    assert (noura.get(ME).status_code, noura.get(ME).json) == (401, NOT_SIGNED_IN)
    assert khalid.get(ME).status_code == 200


def test_a_copied_cookie_is_invalid_after_signing_out(app: Flask, people: dict[str, int]) -> None:
    client, thief = noura_and_a_copy(app)
    response = client.post(LOGOUT)
    assert (response.status_code, response.data) == (204, b"")
    for signed_out in (client, thief):
        response = signed_out.get(ME)
        assert (response.status_code, response.json) == (401, NOT_SIGNED_IN)


def test_a_copied_cookie_is_invalid_after_another_user_signs_in(
    app: Flask, people: dict[str, int]
) -> None:
    client, thief = noura_and_a_copy(app)
    sign_in(client, "khalid")
    assert thief.get(ME).status_code == 401
    assert client.get(ME).get_json()["username"] == "khalid"


@pytest.mark.claim("A1")
def test_signing_out_on_one_device_leaves_other_devices_signed_in(as_user: AsUser) -> None:
    phone, laptop = as_user("noura"), as_user("noura")
    phone.post(LOGOUT)
    assert phone.get(ME).status_code == 401
    assert laptop.get(ME).status_code == 200


def test_signing_out_twice_gets_the_same_answer(service: Service, as_user: AsUser) -> None:
    client = as_user("noura")
    assert client.post(LOGOUT).status_code == 204
    with unchanged(service):
        assert client.post(LOGOUT).status_code == 204


@pytest.mark.parametrize("forged", ["", "banana", "a.b.c", ".eJxy.aaaa.bbbb"])
def test_a_forged_cookie_signs_nobody_in(app: Flask, people: dict[str, int], forged: str) -> None:
    response = with_cookie(app, forged).get(ME)
    assert (response.status_code, response.json) == (401, NOT_SIGNED_IN)


@pytest.mark.parametrize("seconds", [5, -5, 365 * 86400, -365 * 86400])
def test_the_wall_clock_of_the_node_that_signs_a_cookie_does_not_matter(
    app: Flask, people: dict[str, int], monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    with monkeypatch.context() as patch:
        wall = time.time() + seconds
        patch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _: int(wall))
        client = sign_in(app.test_client(), "noura")
        cookie = client.get_cookie("sessionid")
    assert cookie is not None
    assert with_cookie(app, cookie.value).get(ME).status_code == 200


@pytest.mark.claim("A1")
def test_a_session_ends_when_its_row_is_as_old_as_the_setting_says(
    service: Service, clock: SettableClock, as_user: AsUser
) -> None:
    client = as_user("noura")
    clock.advance(service.settings.session_seconds - 0.001)
    assert client.get(ME).status_code == 200
    clock.advance(0.001)
    assert (client.get(ME).status_code, client.get(ME).json) == (401, NOT_SIGNED_IN)


@pytest.mark.parametrize("way", ["cookie", "token"])
def test_only_the_first_request_of_a_session_asks_the_database_whose_it_is(
    app: Flask, service: Service, people: dict[str, int], way: str
) -> None:
    browser = app.test_client()
    signed_in = browser.post(LOGIN, json={"username": "noura", "password": PASSWORD}).json or {}
    headers = {"Authorization": f"Bearer {signed_in['access']}"} if way == "token" else {}
    with app.app_context():
        engine = db.engine
    counts = []
    service.hub.ended_sessions.catch_up()
    for _ in range(2):
        with counted(engine) as sent:
            assert browser.get(ME, headers=headers).status_code == 200
        counts.append(sent.statements)
    assert counts == [2, 1]
    browser.post(LOGOUT, headers=headers)
    assert browser.get(ME, headers=headers).status_code == 401
