"""No line of the log holds a secret, whatever is asked for and however it is answered."""

import json
import logging
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from qader_sse.domain.challenge import Challenge
from qader_sse.log_format import FORMATTERS
from qader_sse.log_setup import redact
from qader_sse.service import Service
from tests.support.duel import PASSWORD, play_to_the_end, started_duel
from tests.support.routes import routes

LOGIN, REGISTER = "/api/v1/auth/login/", "/api/v1/auth/register/"
EMAIL, TICKET = "Pupil.3@mail.example", "T1cketT1cket"
SENT = {
    "Authorization": f"Bearer {TICKET}",
    "Idempotency-Key": TICKET,
    "Referer": f"https://app.example/?ticket={TICKET}",
}

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def call_everything(app: Flask, client: FlaskClient, duel: Challenge) -> None:
    """Call every route twice, with bodies of each kind; sign out last."""
    bodies = (
        {"username": "pupil3", "password": PASSWORD, "email": EMAIL},
        {"question_id": duel.questions[0].id, "selected_answer": "A", "token": TICKET},
    )
    found = sorted(routes(app, duel.id), key=lambda route: "logout" in route[2])
    for _, method, path in found:
        for body in bodies:
            address = f"{path}?topics=notifications&ticket={TICKET}"
            sent = body if method == "POST" else None
            with closing(client.open(address, method=method, json=sent, headers=SENT)):
                pass


def test_the_log_of_all_routes_holds_no_secret(
    app: Flask, service: Service, people: dict[str, int], as_user: AsUser, log
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    noura = as_user("noura")
    cookie = noura.get_cookie("sessionid")
    assert cookie is not None
    call_everything(app, noura, duel)
    play_to_the_end(service, duel)
    call_everything(app, as_user("khalid"), duel)
    with service.database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE users RENAME TO elsewhere"))
    call_everything(app, app.test_client(), duel)  # with tracebacks of database errors
    assert len(log.records) > 100
    assert "no such table" in log.text
    lines = {
        name: "\n".join(map(formatter().format, log.records)).lower()
        for name, formatter in FORMATTERS.items()
    }
    secrets = {
        *(PASSWORD, EMAIL, TICKET, cookie.value),
        *(question.text for question in duel.questions),
        *(question.explanation or PASSWORD for question in duel.questions),
    }
    assert [
        (n, secret) for n, text in lines.items() for secret in secrets if secret.lower() in text
    ] == []
    assert all(json.loads(line)["time"] for line in lines["json"].splitlines())


def test_an_address_that_gunicorn_names_loses_its_query() -> None:
    args = ("GET", f"/sse/stream/?ticket={TICKET}")
    record = logging.LogRecord("x", 40, "x", 1, "Error handling request %s %s", args, None)
    assert redact(record)
    assert record.getMessage() == "Error handling request GET /sse/stream/"
