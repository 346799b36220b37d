"""The headers of every answer: what a browser may load, guess, keep and tell others."""

from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.duel import CHALLENGES, started_duel
from tests.support.routes import routes

NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
PAGES = ("/", "/inspect/", "/account/", "/reset/", "/docs/", "/docs/events/")
# These say themselves how long they may be kept.
KEPT = {
    **dict.fromkeys(PAGES, "private, no-cache"),
    **dict.fromkeys(("/static/<path:filename>", "/favicon.ico", "/robots.txt"), "no-cache"),
    "/docs/swagger-ui.js": "no-cache, no-transform",
    **dict.fromkeys(
        (
            "/sse/challenges/<int:challenge_id>/",
            "/sse/challenges/notifications/",
            "/sse/stream/",
        ),
        "no-cache, no-transform",
    ),
}

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


def test_every_answer_has_them(app: Flask, as_user: AsUser, duel: Challenge) -> None:
    noura, met = as_user("noura"), set()
    for rule, method, path in routes(app, duel.id):
        if path == "/api/v1/auth/logout/":
            continue  # it would end the session
        address = path.replace("<path:filename>", "icon.svg").replace(
            "/sse/stream/", "/sse/stream/?topics=notifications"
        )
        with closing(noura.open(address, method=method, base_url="https://localhost")) as response:
            headers = response.headers
            is_script = rule.rule == "/docs/swagger-ui.js"  # a page's policies are enough for it
            assert headers["X-Content-Type-Options"] == "nosniff", address
            assert headers.get("Referrer-Policy") == (None if is_script else "same-origin"), address
            assert headers["Strict-Transport-Security"] == "max-age=31536000"
            if rule.rule not in PAGES and not is_script:
                assert headers["Content-Security-Policy"] == NO_PAGE
            if response.status_code == 200:
                met.add(rule.rule)
                assert headers["Cache-Control"] == KEPT.get(rule.rule, "no-store"), address
    assert met >= KEPT.keys()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nowhere", 404),
        ("DELETE", "/livez", 405),
        ("GET", CHALLENGES, 401),
        ("GET", CHALLENGES.removesuffix("/"), 308),
        ("OPTIONS", CHALLENGES, 200),
    ],
)
def test_every_refusal_has_them(app: Flask, method: str, path: str, status: int) -> None:
    response = app.test_client().open(path, method=method)
    assert response.status_code == status
    assert EVERYWHERE.items() <= dict(response.headers).items()
    assert response.headers["Content-Security-Policy"] == NO_PAGE
    assert response.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in response.headers  # it came without TLS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_images_from_the_hosts_of_the_setting_only(
    app: Flask, database_url: str, path: str
) -> None:
    hosts = ("images.example", "*.cdn.example:8443")
    named = create_app(make_settings(database_url, image_hosts=hosts, hsts_seconds=60))
    for at, images in (
        (app, "img-src 'self'"),
        (named, "img-src 'self' https://images.example https://*.cdn.example:8443"),
    ):
        response = at.test_client().get(path, base_url="https://localhost")
        directives = response.headers["Content-Security-Policy"].split("; ")
        assert images in directives
        assert directives[0] == "default-src 'none'"
        assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["Strict-Transport-Security"] == "max-age=60"
    dispose(named)
