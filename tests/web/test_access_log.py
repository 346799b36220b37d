"""The access log has one line for each request, whatever the request contains."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.web.client_address import CLIENT_ADDRESS
from tests.support.duel import CHALLENGES, PASSWORD
from tests.support.log_lines import lines

AsUser = Callable[[str], FlaskClient]
ME = "/api/v1/users/me/"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def only_line(log: pytest.LogCaptureFixture) -> dict[str, Any]:
    (line,) = lines(log.records, "request")
    return line


def test_a_line_says_who_asked_for_what_from_where_and_what_came_of_it(
    noura: FlaskClient, people: dict[str, int], log: pytest.LogCaptureFixture
) -> None:
    log.clear()
    answer = noura.get(f"{CHALLENGES}1/", environ_overrides={CLIENT_ADDRESS: "203.0.113.9"})
    line = only_line(log)
    assert line.pop("ms") > 0
    assert {name: line[name] for name in list(line)[5:]} == {
        "method": "GET",
        "route": f"{CHALLENGES}<int:challenge_id>/",
        "challenge": 1,
        "status": 200,
        "bytes": len(answer.data),
        "address": "203.0.113.9",
        "user": people["noura"],
        "request_id": answer.headers["X-Request-ID"],
    }


def test_who_signs_in_is_named(
    client: FlaskClient, people: dict[str, int], log: pytest.LogCaptureFixture
) -> None:
    client.post("/api/v1/auth/login/", json={"username": "noura", "password": PASSWORD})
    assert only_line(log)["user"] == people["noura"]


def test_who_is_not_signed_in_has_no_name(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get(ME)
    line = only_line(log)
    assert (line["status"], line["address"], "user" in line) == (401, "127.0.0.1", False)


def test_a_line_has_the_route_and_no_secret_of_the_address(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get("/ar/join/T1cketT1cket/?token=secret")
    line = only_line(log)
    assert line["route"].startswith("/join/")
    assert "T1cket" not in log.text
    assert "secret" not in log.text


def test_an_address_that_leads_nowhere_is_shown_without_its_query(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get("/nowhere/%d8%ba?token=secret")
    line = only_line(log)
    assert (line["path"], line["status"]) == ("/nowhere/%D8%BA", 404)
    assert "route" not in line
    assert "secret" not in log.text


def test_a_long_address_is_cut(client: FlaskClient, log: pytest.LogCaptureFixture) -> None:
    client.get(f"/nowhere/{'x' * 5_000}")
    assert len(only_line(log)["path"]) == 200


@pytest.mark.parametrize("sent", ["%0a", "%0d", "%1b[2J", "%c2%85", "%e2%80%ae"])
def test_no_address_begins_another_line_or_moves_the_cursor(
    client: FlaskClient, log: pytest.LogCaptureFixture, sent: str
) -> None:
    client.get(f"/nowhere{sent}request%20method=POST%20status=200%20ms=1")
    only_line(log)
    (written,) = [line for line in log.text.splitlines() if "/nowhere" in line]
    assert written.isprintable()
    assert "status=404" in written
    assert "%20status%3D200" in written


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_who_asks_for_health_makes_no_line(
    client: FlaskClient, log: pytest.LogCaptureFixture, path: str
) -> None:
    assert "X-Request-ID" in client.get(path).headers
    assert log.text == ""


def test_a_body_that_is_not_sent_has_no_size(
    noura: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    log.clear()
    noura.head(f"{CHALLENGES}1/")
    assert "bytes" not in only_line(log)


def test_a_request_that_pretends_to_be_a_websocket_is_logged(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get(ME, headers={"Upgrade": "websocket", "Origin": "http://localhost"})
    assert only_line(log)["status"] == 401


def test_a_handshake_that_is_none_is_logged(
    noura: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    log.clear()
    noura.get("/ws/challenges/1/")
    assert only_line(log)["status"] == 426
