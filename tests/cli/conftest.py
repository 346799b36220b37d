"""Runs the commands of `flask --app wsgi`, as people and as programs do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from qader_sse.service import Service
from tests.support.duel import PASSWORD, play_to_the_end, started_duel, user_id
from tests.support.noted import note_stream

Run = Callable[..., str]
Ask = Callable[..., Any]


def runner(app: Flask) -> Run:
    def run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> str:
        result = app.test_cli_runner().invoke(args=arguments, input=typed)
        assert result.exit_code == exit_code, result.output
        return result.stderr if exit_code else result.stdout

    return run


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs a command, checks its exit code, and returns what it said."""
    return runner(app)


@pytest.fixture
def ask(run: Run) -> Ask:
    """Return a function that runs a command with `--json` and returns its answer."""
    return lambda *arguments: json.loads(run(*arguments, "--json"))


@pytest.fixture
def amal(app: Flask, service: Service, people: dict[str, int], run: Run) -> int:
    """Somebody of whom there is something in every table; return their id."""
    client = app.test_client()
    body = {
        "username": "amal-z",
        "password": PASSWORD,
        "full_name": "Amal Zahrani",
        "email": "amal@school.example",
        "grade": "Twelfth grade",
    }
    assert client.post("/api/v1/auth/register/", json=body).status_code == 201
    found, now = user_id(service, "amal-z"), service.clock()
    session = service.accounts.sign_in("amal-z", PASSWORD, None, now, device="Zen browser")
    service.stream_tickets.issue(session.id, "/sse/challenges/notifications/", now)
    run("users", "reset-link", "amal-z")
    run("users", "link", "django-17", "amal-z")
    service.blocks.block(found, "stranger", now)
    play_to_the_end(service, started_duel(service, found, "khalid"))
    service.challenges.seek(found, "accuracy_challenge", now, key="a key of amal's")
    service.challenges.invite(people["noura"], "medium_verbal_15", "amal-z", now)
    service.challenges.invite(found, "comprehensive_20", "noura", now)
    started_duel(service, people["khalid"], "amal-z", "speed_challenge_5min")
    with service.database.transaction() as tx:
        note_stream(tx.connection, found, now)
    return found
