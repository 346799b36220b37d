"""Pages of ALLOWED_ORIGINS may read every answer, with the user's cookie; others get no header."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.duel import CHALLENGES, sign_in, started_duel
from tests.support.routes import ALLOWED_ORIGIN

LOGOUT = "/api/v1/auth/logout/"
ALLOWED = {"Origin": ALLOWED_ORIGIN}
READABLE = {
    "Access-Control-Allow-Origin": ALLOWED_ORIGIN,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "Retry-After, Viewer-Id, X-Request-ID",
}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,last-event-id",
}
ADDRESSES = (CHALLENGES, "/api/v1/auth/login/", "/sse/challenges/1/", "/nowhere", "/livez")

AsUser = Callable[[str], FlaskClient]


def cors(response: object) -> dict[str, str]:
    headers = response.headers  # type: ignore[attr-defined]  # a response of any kind
    assert "Origin" in headers.get_all("Vary")[0]
    return {name: value for name, value in headers.items() if name.startswith("Access-Control-")}


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def app_in_an_outage() -> Iterator[Flask]:
    app = create_app(make_settings("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    yield app
    dispose(app)


INVITE = {"challenge_type": "quick_quant_10", "opponent_username": "stranger"}
ANSWERS = [
    ("noura", "GET", CHALLENGES, 200),
    ("noura", "POST", CHALLENGES, 201),
    ("noura", "GET", "/sse/challenges/{id}/", 200),
    ("noura", "HEAD", "/sse/challenges/notifications/", 200),
    ("noura", "POST", LOGOUT, 204),
    ("noura", "GET", CHALLENGES.removesuffix("/"), 308),
    ("noura", "POST", f"{CHALLENGES}{{id}}/decline/", 403),
    ("anonymous", "GET", CHALLENGES, 401),
    ("anonymous", "GET", "/sse/challenges/{id}/", 401),
    ("stranger", "GET", "/sse/challenges/{id}/", 403),
    ("stranger", "GET", f"{CHALLENGES}{{id}}/", 404),
    ("anonymous", "GET", "/nowhere", 404),
    ("anonymous", "DELETE", "/livez", 405),
    ("anonymous", "GET", "/ws/challenges/{id}/", 426),
    ("anonymous", "GET", "/static/client/index.js", 200),
]


@pytest.mark.claim("A15")
def test_a_page_of_an_allowed_origin_may_read_every_answer(
    app: Flask, as_user: AsUser, duel: Challenge
) -> None:
    for prefix, (name, method, path, status) in product(("", "/ar"), ANSWERS):
        client = app.test_client() if name == "anonymous" else as_user(name)
        body = INVITE if path == CHALLENGES else None
        address = prefix + path.format(id=duel.id)
        with closing(client.open(address, method=method, headers=ALLOWED, json=body)) as response:
            assert (response.status_code, cors(response)) == (status, READABLE), address


@pytest.mark.parametrize(
    ("options", "status"), [({"data": "text"}, 415), ({"data": b"x" * 100_000}, 413)]
)
def test_it_may_read_why_its_body_was_refused(
    app: Flask, options: dict[str, bytes], status: int
) -> None:
    response = app.test_client().post("/api/v1/auth/login/", headers=ALLOWED, **options)
    assert (response.status_code, cors(response)) == (status, READABLE)


def test_it_may_read_how_long_to_wait(database_url: str, people: dict[str, int]) -> None:
    app = create_app(make_settings(database_url, fair_shares=True, max_invites_per_day=1))
    noura = sign_in(app.test_client(), "noura")
    for opponent, status in (("khalid", 201), ("stranger", 429)):
        body = {"challenge_type": "quick_quant_10", "opponent_username": opponent}
        response = noura.post(CHALLENGES, json=body, headers=ALLOWED)
        assert (response.status_code, cors(response)) == (status, READABLE)
    dispose(app)


def test_it_may_read_that_something_is_wrong(service: Service, as_user: AsUser) -> None:
    noura = as_user("noura")
    with service.database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE challenges RENAME TO elsewhere"))
    response = noura.get(CHALLENGES, headers=ALLOWED)
    assert (response.status_code, cors(response)) == (500, READABLE)


def test_it_may_read_that_the_service_is_away(as_user: AsUser, app_in_an_outage: Flask) -> None:
    cookie = as_user("noura").get_cookie("sessionid")
    assert cookie
    browser = app_in_an_outage.test_client()
    browser.set_cookie("sessionid", cookie.value)
    response = browser.get(CHALLENGES, headers=ALLOWED)
    assert (response.status_code, cors(response)) == (503, READABLE)


@pytest.mark.claim("A15")
def test_a_preflight_of_an_allowed_origin_is_answered_without_a_user(app: Flask) -> None:
    for prefix, path in product(("", "/en"), ADDRESSES):
        response = app.test_client().options(prefix + path, headers=ALLOWED | PREFLIGHT)
        assert (response.status_code, response.data) == (204, b""), path
        assert cors(response) == READABLE | {
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
            "Access-Control-Allow-Headers": (
                "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
            ),
            "Access-Control-Max-Age": "7200",
        }


OTHERS = [
    "https://evil.example",
    "null",
    ALLOWED_ORIGIN.upper(),
    f"{ALLOWED_ORIGIN}.evil.example",
    f"{ALLOWED_ORIGIN}/",
    ALLOWED_ORIGIN.replace("http:", "https:"),
    ALLOWED_ORIGIN.removesuffix("1"),
]


def test_no_other_origin_gets_a_header(as_user: AsUser) -> None:
    noura = as_user("noura")
    for origin, path in product(OTHERS, ADDRESSES):
        headers = {"Origin": origin}
        refused = noura.options(path, headers=headers | PREFLIGHT)
        assert (refused.status_code, cors(refused)) == (403, {}), origin
        assert f" of {origin}, " in refused.get_json()["detail"]
        assert cors(noura.get(path, headers=headers)) == {}


def test_without_allowed_origins_nothing_is_said_of_them(database_url: str) -> None:
    app = create_app(make_settings(database_url, allowed_origins=()))
    response = app.test_client().get("/livez", headers=ALLOWED)
    assert "access-control" not in str(response.headers).lower()
    assert "origin" not in response.vary
    dispose(app)
