"""docs/administration.md, command by command: each does what stands there, and shows that."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users, sign_in, started_duel
from tests.support.examples import examples
from tests.support.terminal import assert_shows

pytestmark = pytest.mark.programs  # Redis

DOCUMENT = "docs/administration.md"
FLASK = ".venv/bin/flask --app wsgi "
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def used(database_url: str, clock: SettableClock, tmp_path: Path) -> Iterator[Flask]:
    """A service in use: noura is signed in and plays with khalid, whose password somebody guesses."""
    with RedisServer(tmp_path) as redis:
        settings = make_settings(database_url, fair_shares=True, redis_url=redis.url)
        app = create_app(settings, clock=clock)
        service: Service = app.extensions["qader_sse"]
        noura, _ = add_users(service, "noura", "khalid")
        duel = started_duel(service, noura, "khalid")
        clock.advance(5)
        first = duel.questions[0]
        service.challenges.answer(duel.id, noura, first.id, first.correct_answer, 4.2, clock())
        browser = app.test_client()
        browser.environ_base["HTTP_USER_AGENT"] = BROWSER["User-Agent"]
        sign_in(browser, "noura")
        wrong = {"username": "noura", "password": "wrong-password"}
        for _ in range(5):
            address = {"REMOTE_ADDR": "192.0.2.7"}
            app.test_client().post("/api/v1/auth/login/", json=wrong, environ_base=address)
        yield app
        dispose(app)


def test_every_command_of_the_page_shows_what_stands_there(
    used: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INVITE_SECONDS", "3600")
    runner = used.test_cli_runner()
    blocks = examples("console", DOCUMENT)
    commands = [part for block in blocks for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]]
    assert len(commands) > 20
    for part in commands:
        command, _, shown = part.partition("\n")
        assert command.startswith(FLASK), command
        arguments = shlex.split(command.removeprefix(FLASK))
        result = runner.invoke(args=arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
        refused = shown.startswith("Error: ")
        assert result.exit_code == int(refused), result.output
        assert_shows(shown, result.output, command)
