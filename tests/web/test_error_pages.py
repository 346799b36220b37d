"""Errors and redirects: a page for people who open an address in a browser, JSON for programs."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from qader_sse.domain.i18n import LOCALES
from qader_sse.service import Service
from tests.support.duel import CHALLENGES

# What Chromium, Firefox and Safari send when somebody opens an address.
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROGRAMS = ["*/*", "application/json", "application/json, text/plain, */*", "text/event-stream", ""]
FOREIGN = {"Origin": "https://evil.example"}

Opening = tuple[str, str, dict[str, str], int]
OPENINGS: list[Opening] = [
    ("GET", "/nowhere", {}, 404),
    ("GET", "/static/nowhere", {}, 404),
    ("GET", CHALLENGES, {}, 401),
    ("GET", "/api/v1/auth/login/", {}, 405),
    ("GET", "/api/v1/challenges/types/?x=1", {}, 400),
    ("GET", "/sse/challenges/1/", {}, 401),
    ("GET", "/ws/challenges/1/", {}, 426),
    ("POST", "/api/v1/auth/login/", FOREIGN, 403),
    ("POST", "/api/v1/auth/login/", {"Content-Type": "text/plain"}, 400),
    ("GET", CHALLENGES.removesuffix("/"), {}, 308),
]
every_opening = pytest.mark.parametrize(("method", "path", "headers", "status"), OPENINGS)


def said(body: dict[str, str | list[str]]) -> list[str]:
    return [s if isinstance(s, str) else f"{name}: {s[0]}" for name, s in body.items()]


@pytest.mark.claim("R14")
@every_opening
@pytest.mark.parametrize("locale", LOCALES)
def test_people_get_a_page_that_says_the_same_in_their_language_with_a_way_back(
    app: Flask, locale: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    client = app.test_client()
    address = f"/{locale}{path}"
    for_programs = client.open(address, method=method, headers=headers)
    response = client.open(address, method=method, headers={**headers, "Accept": BROWSER})
    assert (response.status_code, response.mimetype) == (status, "text/html")
    page = response.text.replace("&#39;", "'").replace("&amp;", "&")
    assert f'<html lang="{locale}" dir="{"rtl" if locale == "ar" else "ltr"}">' in page
    assert f'href="/{locale}/"' in page
    for sentence in said(for_programs.get_json()):
        assert sentence in page
    for name in ("Location", "Allow", "Upgrade"):
        assert response.headers.get(name) == for_programs.headers.get(name)
    assert "script" not in page
    assert "style-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert {"accept", "accept-language"} <= set(response.vary.as_set())


@pytest.mark.claim("R14")
@every_opening
@pytest.mark.parametrize("accept", PROGRAMS)
def test_programs_get_json(
    app: Flask, accept: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = app.test_client().open(path, method=method, headers={**headers, "Accept": accept})
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert response.get_json()
    assert "accept" in response.vary.as_set()


def test_a_page_shows_what_was_sent_as_text(app: Flask) -> None:
    address = "/api/v1/challenges/types/?<b>x</b>=1"
    response = app.test_client().get(address, headers={"Accept": BROWSER})
    assert "&lt;b&gt;x&lt;/b&gt;: There is no such parameter here." in response.text


def test_an_unexpected_error_is_a_page_too(
    service: Service, as_user: Callable[[str], FlaskClient]
) -> None:
    noura = as_user("noura")
    with service.database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE challenges RENAME TO elsewhere"))
    response = noura.get(f"/ar{CHALLENGES}", headers={"Accept": BROWSER})
    assert (response.status_code, response.mimetype) == (500, "text/html")
    assert "حدث خطأ" in response.text


def test_what_is_no_sentence_stays_what_it_is(app: Flask, service: Service) -> None:
    """Whoever looks in a browser why a worker does not serve sees its numbers."""
    service.hub.is_lame_duck = True
    response = app.test_client().get("/readyz", headers={"Accept": BROWSER})
    assert (response.status_code, response.mimetype) == (503, "application/json")
    assert response.get_json()["status"] == "draining"


@pytest.mark.parametrize("path", ["/", "/docs/", "/nowhere", CHALLENGES])
def test_a_host_that_cannot_be_one_is_refused_without_a_page(app: Flask, path: str) -> None:
    headers = {"Accept": BROWSER, "Host": "a" * 64}
    response = app.test_client().get(path, headers=headers)
    assert (response.status_code, response.mimetype) == (400, "application/json")
