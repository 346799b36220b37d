"""Below a path prefix, which a trusted proxy or the server names, all addresses begin with it."""

import re
from collections.abc import Iterable, Iterator
from http.cookies import SimpleCookie
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from qader_sse import create_app
from qader_sse.web.own_host import FROM_PROXY
from tests.conftest import dispose, make_settings
from tests.support.duel import CHALLENGES, PASSWORD

LOGIN = "/duels/api/v1/auth/login/"
TICKET = "/duels/api/v1/auth/ticket/"
PAGES = [
    "/",
    "/ar/",
    "/account/",
    "/reset/",
    "/inspect/",
    "/docs/",
    "/en/docs/events/",
    "/nothing/",
]
ADDRESS = re.compile(r'\b(?:href|src|content)="(?:http://localhost)?(/[^"]*)"')


class Proxy:
    """A proxy that removes a prefix from the path, and says so; with a browser in front of it."""

    def __init__(self, app: Flask, header: str = "/duels") -> None:
        self._app, self._header = app, header
        self._browser = Client(self._forward)
        self.is_trusted = True

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        return self._browser.open(path, method=method, **options)

    def _forward(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/duels")
        environ |= {"HTTP_X_FORWARDED_PREFIX": self._header, FROM_PROXY: self.is_trusted}
        return self._app(environ, start_response)


@pytest.fixture
def call(app: Flask, people: dict[str, int]) -> Proxy:
    return Proxy(app)


def sign_in(call: Proxy) -> TestResponse:
    return call("POST", LOGIN, json={"username": "noura", "password": PASSWORD})


def cookie_path(response: TestResponse) -> str:
    return str(SimpleCookie(response.headers["Set-Cookie"])["sessionid"]["path"])


@pytest.mark.parametrize("path", PAGES)
def test_pages_lead_below_the_prefix_only(call: Proxy, path: str) -> None:
    page = call("GET", f"/duels{path}", headers={"Accept": "text/html"})
    addresses = ADDRESS.findall(page.text)
    assert len(addresses) > 3
    for address in addresses:
        assert address.startswith("/duels/"), address
        found = call("GET", address)
        assert found.status_code == 200, address
        found.close()


def test_the_home_screen_tells_it_from_other_apps_of_the_host(call: Proxy) -> None:
    manifest = call("GET", "/duels/ar/manifest.webmanifest").get_json()
    assert (manifest["id"], manifest["scope"]) == ("/duels/", "/duels/ar/")
    assert manifest["icons"][0]["src"].startswith("/duels/")


def test_the_cookie_is_for_this_prefix_and_signing_out_replaces_that_one(call: Proxy) -> None:
    me = "/duels/api/v1/users/me/"
    assert cookie_path(sign_in(call)) == "/duels"
    assert call("GET", me).status_code == 200
    assert cookie_path(call("POST", "/duels/api/v1/auth/logout/")) == "/duels"
    assert call("GET", me).status_code == 401


def test_redirects_and_links_have_the_prefix(call: Proxy) -> None:
    assert call("GET", "/duels/ar/account").headers["Location"].endswith("/duels/ar/account/")
    sign_in(call)
    for opponent in ("khalid", "stranger"):
        body = {"challenge_type": "quick_quant_10", "opponent_username": opponent}
        assert call("POST", f"/duels{CHALLENGES}", json=body).status_code == 201
    first = call("GET", f"/duels/ar{CHALLENGES}?page_size=1").get_json()
    assert first["next"] == f"http://localhost/duels/ar{CHALLENGES}?page_size=1&page=2"


def test_the_documents_name_the_prefix(call: Proxy) -> None:
    servers = call("GET", "/duels/openapi/openapi.json").get_json()["servers"]
    assert [server["url"] for server in servers] == ["/duels/", "/duels/ar", "/duels/en"]
    events = call("GET", "/duels/asyncapi.json").get_json()["servers"]
    assert {server["pathname"] for server in events.values()} == {"/duels"}
    call.is_trusted = False
    without = call("GET", "/duels/openapi/openapi.json").get_json()["servers"]
    assert [server["url"] for server in without] == ["/", "/ar", "/en"]
    assert "pathname" not in call("GET", "/duels/asyncapi.json").text


@pytest.mark.parametrize(
    "stream", ["/duels/ar/sse/stream/?topics=notifications", "/sse/stream/?topics=notifications"]
)
def test_a_ticket_names_its_stream_with_the_prefix_or_without(call: Proxy, stream: str) -> None:
    sign_in(call)
    assert call("POST", TICKET, json={"stream": stream}).status_code == 200


@pytest.mark.parametrize(
    ("header", "prefix"),
    [
        ("/duels/", "/duels"),
        ("/school, /duels", "/school/duels"),  # two proxies, the outer one first
        ("/", ""),
        ("duels", ""),
        ("//evil.example", ""),
        ("/duels//evil.example", ""),
        ("/../duels", ""),
        ('/"><script>', ""),
    ],
)
def test_a_prefix_is_a_path_of_this_host(app: Flask, header: str, prefix: str) -> None:
    call = Proxy(app, header)
    location = call("GET", "/duels/account").headers["Location"]
    assert location.removeprefix("http://localhost") == f"{prefix}/account/"


def test_a_client_names_no_prefix(call: Proxy) -> None:
    call.is_trusted = False
    location = call("GET", "/duels/account").headers["Location"]
    assert location.removeprefix("http://localhost") == "/account/"


@pytest.fixture
def below(database_url: str) -> Iterator[Flask]:
    """An app that removes `/duels` itself."""
    app = create_app(make_settings(database_url, script_name="/duels"))
    yield app
    dispose(app)


@pytest.mark.parametrize(
    ("header", "expected"), [({}, "/duels"), ({"X-Forwarded-Prefix": "/school"}, "/school/duels")]
)
def test_the_prefix_in_the_settings_comes_last(
    below: Flask, people: dict[str, int], header: dict[str, str], expected: str
) -> None:
    credentials = {"username": "noura", "password": PASSWORD}
    signed_in = below.test_client().post(
        LOGIN, json=credentials, headers=header, environ_overrides={FROM_PROXY: True}
    )
    assert cookie_path(signed_in) == expected


@pytest.mark.parametrize(
    ("path", "status"),
    [("/duels", 308), ("/duels/ar/", 200), ("/duel/", 404), ("/duelsx/", 404), ("/", 404)],
)
def test_what_is_not_below_the_prefix_is_nowhere(below: Flask, path: str, status: int) -> None:
    answer = below.test_client().get(path)
    assert answer.status_code == status
    if status == 404:
        assert answer.get_json()["detail"].startswith("Nothing is here: all paths")
        assert below.extensions["qader_sse"].answers["GET", "none", "404"] == 1


def test_no_server_names_a_prefix(app: Flask) -> None:
    named = {"SCRIPT_NAME": "//evil.example"}
    page = app.test_client().get("/en/", environ_overrides=named).text
    assert "evil" not in page
