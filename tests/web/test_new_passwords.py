"""New passwords: refused with a sentence at the field, changed by their owner, and by nobody else."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse import create_app
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.duel import PASSWORD, add_users, sign_in
from tests.support.tables import refused, unchanged

REGISTER, LOGIN = "/api/v1/auth/register/", "/api/v1/auth/login/"
CHANGE = "/api/v1/auth/password/"
ME = "/api/v1/users/me/"
NEW = "another-camel-9"

SHORT = "A password needs at least 8 characters that can be seen."
COMMON = "This is one of the commonest passwords, which are tried first. Choose another one."
NAME = "A password must not be made of your username or your e-mail address."

AsUser = Callable[[str], FlaskClient]


def status_of_sign_in(app: Flask, password: str) -> int:
    credentials = {"username": "noura", "password": password}
    return app.test_client().post(LOGIN, json=credentials).status_code


@pytest.mark.parametrize(
    ("password", "text"),
    [("12345678", COMMON), ("\u200b" * 9, SHORT), ("hudahuda", None), ("huda-2010", NAME)],
)
def test_registering_with_a_weak_password_is_refused_at_the_field(
    app: Flask, service: Service, password: str, text: str | None
) -> None:
    body = {"username": "huda", "password": password, "email": "h@example.org"}
    if text is None:
        assert app.test_client().post(REGISTER, json=body).status_code == 201
    else:
        with unchanged(service):
            refused(app.test_client().post(REGISTER, json=body), 400, {"password": [text]})


def test_the_refusal_is_in_the_language_of_the_user(app: Flask) -> None:
    body = {"username": "huda", "password": "12345678"}
    (text,) = app.test_client().post(f"/ar{REGISTER}", json=body).get_json()["password"]
    assert text == "هذه من أكثر كلمات المرور شيوعًا، وأول ما يُجرَّب. يُرجى اختيار كلمة غيرها."


@pytest.mark.claim("A11")
def test_changing_the_password_ends_all_other_sessions(
    app: Flask, service: Service, as_user: AsUser
) -> None:
    phone, laptop, khalid = as_user("noura"), as_user("noura"), as_user("khalid")
    (laptop_id,) = (
        each["id"]
        for each in laptop.get("/api/v1/auth/sessions/").get_json()["results"]
        if each["is_current"]
    )
    answer = phone.post(CHANGE, json={"old_password": PASSWORD, "new_password": NEW})
    detail = "Your password is changed. You are signed out everywhere else."
    assert (answer.status_code, answer.json) == (200, {"ended_sessions": 1, "detail": detail})
    assert [client.get(ME).status_code for client in (phone, laptop, khalid)] == [200, 401, 200]
    assert [status_of_sign_in(app, password) for password in (PASSWORD, NEW)] == [401, 200]
    service.hub.ended_sessions.catch_up()
    assert service.hub.ended_sessions.reason(laptop_id) == "password_changed"


@pytest.mark.claim("A11")
@pytest.mark.parametrize(
    ("body", "field", "text"),
    [
        ({"old_password": "wrong-camel-1"}, "old_password", "This is not your present password."),
        ({"new_password": "password1"}, "new_password", COMMON),
        ({"new_password": "noura2010"}, "new_password", NAME),
        ({"new_password": " " * 8}, "new_password", SHORT),
        ({"new_password": "short"}, "new_password", "This must have at least 8 characters."),
    ],
)
def test_a_refused_change_changes_nothing(
    service: Service, as_user: AsUser, body: dict[str, str], field: str, text: str
) -> None:
    phone, laptop = as_user("noura"), as_user("noura")
    sent = {"old_password": PASSWORD, "new_password": NEW} | body
    with unchanged(service):
        refused(phone.post(CHANGE, json=sent), 400, {field: [text]})
    assert laptop.get(ME).status_code == 200


@pytest.mark.claim("A11")
def test_guesses_at_the_old_password_are_bounded(database_url: str) -> None:
    app = create_app(make_settings(database_url, fair_shares=True))
    add_users(app.extensions["qader_sse"], "noura")
    thief = sign_in(app.test_client(), "noura")
    guess = {"old_password": "wrong-camel-1", "new_password": NEW}
    statuses = [thief.post(CHANGE, json=guess).status_code for _ in range(8)]
    assert statuses == [400] * 5 + [429] * 3
    dispose(app)


def test_without_a_session_nobody_changes_a_password(app: Flask) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW}
    assert app.test_client().post(CHANGE, json=body).status_code == 401
