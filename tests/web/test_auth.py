"""The account endpoints: register, sign in, sign out, the signed-in user."""

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from werkzeug.test import TestResponse

from qader_sse.service import Service
from qader_sse.web.api.account_schemas import MeResponse
from qader_sse.web.api.schemas import UserResponse
from tests.support.duel import CHALLENGES, PASSWORD, sign_in
from tests.support.tables import unchanged

REGISTER = "/api/v1/auth/register/"
LOGIN = "/api/v1/auth/login/"
ME = "/api/v1/users/me/"

WRONG = {"detail": "Wrong username or password."}

AsUser = Callable[[str], FlaskClient]


def session_cookie(response: TestResponse) -> Morsel[str]:
    (header,) = response.headers.getlist("Set-Cookie")
    return SimpleCookie(header)["sessionid"]


def test_registering_answers_201_with_the_user_and_signs_in(app: Flask) -> None:
    client = app.test_client()
    shown = {"username": "sara.1", "full_name": "سارة", "preferred_name": "Sara", "grade": "11"}
    secret = {"password": PASSWORD, "email": "sara@example.org"}
    response = client.post(REGISTER, json=shown | secret)
    assert response.status_code == 201
    TypeAdapter(UserResponse).validate_python(response.json)
    user = response.get_json()["user"]
    assert user == {**shown, "id": user["id"], "profile_picture_url": None}
    own = client.get(ME).get_json()
    assert {**own, **user} == own
    assert (own["email"], own["listed_online"]) == ("sara@example.org", True)


@pytest.mark.parametrize("rest", [{}, {"email": None, "full_name": None, "grade": None}])
def test_a_username_and_a_password_are_enough(app: Flask, rest: dict[str, None]) -> None:
    body = {"username": "huda", "password": PASSWORD, **rest}
    user = app.test_client().post(REGISTER, json=body).get_json()["user"]
    assert (user["full_name"], user["preferred_name"], user["grade"]) == ("huda", None, None)


@pytest.mark.claim("A1", "A2")
@pytest.mark.parametrize("path", [REGISTER, LOGIN])
def test_the_session_cookie_is_named_sessionid_and_hidden_from_scripts(
    app: Flask, people: dict[str, int], path: str
) -> None:
    name = "noura" if path == LOGIN else "new"
    response = app.test_client().post(path, json={"username": name, "password": PASSWORD})
    cookie = session_cookie(response)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["expires"]  # so that a session outlives the browser's process


def test_signing_in_returns_the_user(app: Flask, people: dict[str, int]) -> None:
    client = app.test_client()
    response = client.post(LOGIN, json={"username": "NOURA", "password": PASSWORD})
    assert response.status_code == 200
    TypeAdapter(UserResponse).validate_python(response.json)
    assert response.get_json()["user"]["id"] == people["noura"]
    TypeAdapter(MeResponse).validate_python(client.get(ME).json)


def test_no_answer_but_the_own_account_holds_an_email_address(
    app: Flask, people: dict[str, int]
) -> None:
    client, address = app.test_client(), "sara@example.org"
    body = {"username": "sara.1", "password": PASSWORD, "email": address}
    created = client.post(REGISTER, json=body)
    challenge = {"challenge_type": "quick_quant_10", "opponent_username": "noura"}
    invited = client.post(CHALLENGES, json=challenge)
    noura = sign_in(app.test_client(), "noura")
    seen = [
        created,
        client.post(LOGIN, json={"username": "sara.1", "password": PASSWORD}),
        invited,
        noura.get(CHALLENGES),
        noura.get(f"{CHALLENGES}{invited.get_json()['id']}/"),
        noura.get(f"{CHALLENGES}{invited.get_json()['id']}/events/?after=0"),
    ]
    for response in seen:
        assert response.status_code in (200, 201)
        assert address not in response.text
        assert "email" not in response.text


@pytest.mark.parametrize("name", ["noura", "NOURA", "Noura", "Ｎｏｕｒａ"])
def test_a_username_that_is_taken_is_refused_in_any_spelling(
    app: Flask, service: Service, people: dict[str, int], name: str
) -> None:
    with unchanged(service):
        response = app.test_client().post(REGISTER, json={"username": name, "password": PASSWORD})
    said = {"username": ["A user with that username already exists. Choose another."]}
    assert (response.status_code, response.json) == (400, said)


@pytest.mark.parametrize("name", ["RANDOM", "random", "Random", "ＲＡＮＤＯＭ"])
def test_the_name_that_asks_for_any_opponent_cannot_be_registered(
    app: Flask, service: Service, name: str
) -> None:
    with unchanged(service):
        response = app.test_client().post(REGISTER, json={"username": name, "password": PASSWORD})
    said = {"username": ["This username is reserved. Choose another."]}
    assert (response.status_code, response.json) == (400, said)


@pytest.mark.parametrize(
    ("length", "status", "text"),
    [
        (7, 400, "This must have at least 8 characters."),
        (8, 201, None),
        (128, 201, None),
        (129, 400, "This must have at most 128 characters."),
    ],
)
def test_a_password_has_8_to_128_characters(
    app: Flask, length: int, status: int, text: str | None
) -> None:
    response = app.test_client().post(
        REGISTER, json={"username": "huda", "password": ("سمع" * length)[:length]}
    )
    assert response.status_code == status
    assert (response.get_json().get("password") or [None]) == [text]


@pytest.mark.parametrize(
    "field",
    [
        {"username": ""},
        {"username": "x" * 151},
        {"email": "no address"},
        {"full_name": "bell\x07"},
        {"preferred_name": "nul\x00"},
        {"grade": "x" * 51},
    ],
)
def test_an_invalid_field_of_a_profile_is_named(
    app: Flask, service: Service, field: dict[str, str]
) -> None:
    body = {"username": "huda", "password": PASSWORD, **field}
    with unchanged(service):
        response = app.test_client().post(REGISTER, json=body)
    assert (response.status_code, list(response.get_json())) == (400, list(field))


@pytest.mark.parametrize("name", ["two words", "nul\x00", "a/b", "noura\u200d", "\u200d"])
def test_a_username_has_no_invisible_characters(app: Flask, name: str) -> None:
    response = app.test_client().post(REGISTER, json={"username": name, "password": PASSWORD})
    said = {"username": ["This contains characters that are not allowed here."]}
    assert (response.status_code, response.json) == (400, said)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("noura", "wrong-horse-7"),
        ("noura", PASSWORD.upper()),
        ("nobody", PASSWORD),
    ],
)
def test_a_wrong_username_and_a_wrong_password_get_the_same_answer(
    app: Flask, service: Service, people: dict[str, int], username: str, password: str
) -> None:
    client = app.test_client()
    with unchanged(service):
        response = client.post(LOGIN, json={"username": username, "password": password})
    assert (response.status_code, response.json) == (401, WRONG)
    assert "Set-Cookie" not in response.headers
    assert client.get(ME).status_code == 401
