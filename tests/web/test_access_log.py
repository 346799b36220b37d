"""The access log has one line for each request, whatever the request contains."""

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "qader_sse.web.access_log"
    ]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_a_line_has_the_path_without_its_query(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get("/livez?token=secret")
    (line,) = lines(log)
    assert line.startswith("request method=GET path=/livez status=200 ms=")
    assert "secret" not in line


def test_a_line_break_in_a_path_does_not_begin_another_line(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get("/livez%0arequest%20method=POST%20path=/api/v1/auth/login/%20status=200%20ms=1")
    (line,) = lines(log)
    assert "\n" not in line


def test_a_request_that_pretends_to_be_a_websocket_is_logged(
    client: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    client.get("/livez", headers={"Upgrade": "websocket", "Origin": "http://localhost"})
    assert len(lines(log)) == 1
