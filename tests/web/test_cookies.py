"""The session cookie: who receives it, and that it is never sent in the clear after https."""

from http.cookies import Morsel, SimpleCookie
from typing import cast

import pytest
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from qader_sse import create_app
from tests.conftest import dispose, make_settings
from tests.support.duel import PASSWORD, sign_in

LOGIN = "/api/v1/auth/login/"


def cookies(response: TestResponse) -> list[Morsel[str]]:
    return [SimpleCookie(line)["sessionid"] for line in response.headers.getlist("Set-Cookie")]


def serializer(key: object, salt: str) -> URLSafeTimedSerializer:
    """Return what signs cookies as Flask does, with this key and salt."""
    other = Flask(__name__)
    other.secret_key = str(key)
    flask = SecureCookieSessionInterface()
    flask.salt = salt
    return cast(URLSafeTimedSerializer, flask.get_signing_serializer(other))


def opened(app: Flask, cookie: str) -> dict[str, object]:
    """Return the session of a request with this cookie."""
    with app.test_request_context(headers={"Cookie": f"sessionid={cookie}"}):
        return dict(session)


@pytest.mark.claim("A2")
@pytest.mark.parametrize(
    ("settings", "scheme", "expected"),
    [
        ({}, "http", ("", "Lax", "")),
        ({}, "https", (True, "Lax", "")),
        ({"secure_cookie": True}, "http", (True, "Lax", "")),
        ({"cookie_samesite": "Strict"}, "https", (True, "Strict", "")),
        ({"cookie_samesite": "None", "secure_cookie": True}, "https", (True, "None", "")),
    ],
)
def test_a_cookie_is_secure_whenever_the_request_came_by_https(
    database_url: str,
    people: dict[str, int],
    settings: dict[str, object],
    scheme: str,
    expected: tuple[object, ...],
) -> None:
    app = create_app(make_settings(database_url, **settings))
    credentials = {"username": "noura", "password": PASSWORD}
    client = app.test_client()
    response = client.post(LOGIN, json=credentials, base_url=f"{scheme}://quiz.example")
    (cookie,) = cookies(response)
    assert (cookie["secure"], cookie["samesite"], cookie["domain"]) == expected
    assert (cookie["httponly"], cookie["path"]) == (True, "/")
    dispose(app)


def test_a_cookie_for_a_domain_replaces_the_one_from_before_the_setting(
    database_url: str, people: dict[str, int]
) -> None:
    """A browser would send both, the older one first, and stay signed out."""
    app = create_app(make_settings(database_url, cookie_domain="quiz.example"))
    client = app.test_client()
    client.set_cookie("sessionid", "from-before", domain="api.quiz.example")
    api = "https://api.quiz.example"
    credentials = {"username": "noura", "password": PASSWORD}
    response = client.post(LOGIN, json=credentials, base_url=api)
    removed, opened = cookies(response)
    assert (removed["domain"], removed["max-age"]) == ("", "0")
    assert (opened["domain"], opened["secure"], bool(opened.value)) == ("quiz.example", True, True)
    assert client.get("/api/v1/users/me/", base_url=api).status_code == 200
    dispose(app)


@pytest.mark.parametrize("others", ["a=\xff; {}", "{}; a=\xe9", "\xd8\xa8; {}", "{}; theme=\xff"])
def test_a_cookie_of_another_service_may_have_any_bytes(
    app: Flask, people: dict[str, int], others: str
) -> None:
    cookie = sign_in(app.test_client(), "noura").get_cookie("sessionid")
    assert cookie is not None
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": others.format(f"sessionid={cookie.value}")}
    answers = [client.get(path, headers=headers) for path in ("/api/v1/users/me/", "/", "/livez")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_the_cookie_by_which_another_service_remembers_somebody_makes_no_difference(
    app: Flask, people: dict[str, int]
) -> None:
    """Flask-Login's usual name for it is `remember_token`, so many services have that."""
    client = app.test_client()
    client.set_cookie("remember_token", "of another service")
    tokens = client.post(LOGIN, json={"username": "noura", "password": PASSWORD}).get_json()
    bearer = {"Authorization": f"Bearer {tokens['access']}"}
    assert client.get("/api/v1/users/me/", headers=bearer).status_code == 200
    assert client.post("/api/v1/auth/logout/").status_code == 204
    assert client.get_cookie("remember_token") is not None  # it is not ours to delete
    assert client.get("/api/v1/users/me/").status_code == 401


def test_cookies_are_those_of_flask(app: Flask) -> None:
    content = {"_user_id": "a token", "_fresh": True, "_permanent": True}
    ours = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # it has one
    flasks = serializer(app.secret_key, "cookie-session")
    assert flasks.loads(ours.dumps(content)) == content
    assert opened(app, flasks.dumps(content)) == content
    assert opened(app, serializer("another", "cookie-session").dumps(content)) == {}
    assert opened(app, serializer(app.secret_key, "another").dumps(content)) == {}
