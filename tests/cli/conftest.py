"""Runs the commands of `flask --app wsgi`, as people and as programs do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from qader_sse.domain.events import user_topic
from qader_sse.domain.stream_notes import Opening
from qader_sse.service import Service
from qader_sse.store import stream_notes
from qader_sse.store.stream_notes import Worker
from tests.support.duel import PASSWORD, play_to_the_end, started_duel, user_id

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
    note_stream(service, found)
    return found


def note_stream(service: Service, person: int) -> None:
    """Note a stream of this person, as the worker does that has it."""
    opening = Opening(
        number=1,
        user_id=person,
        session="a-session-id",
        topic=user_topic(person),
        transport="sse",
        mode="snapshot",
        after=None,
        head=0,
        opened_at=service.clock(),
    )
    with service.database.transaction() as tx:
        stream_notes.record(
            tx.connection, Worker("w", "a-node", 7), [opening], [], [], service.clock()
        )
