"""The commands `flask who` and `flask tail`; e2e has them beside a running service."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.stream_histories import WantedStreams
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel
from tests.support.transports import viewing

Run = Callable[..., str]


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def run(app: Flask, duel: Challenge) -> Run:
    """Return a function that runs a command, checks its exit code and returns its output."""

    def command(*arguments: str, exit_code: int = 0) -> str:
        result = app.test_cli_runner().invoke(args=list(arguments))
        assert result.exit_code == exit_code, result.output
        return result.output

    return command


def test_nobody_is_connected_is_said_as_such(run: Run) -> None:
    assert run("who") == "0 streams, 0 users, 0 workers\n"
    assert json.loads(run("who", "--json")) == {"streams": []}


def test_whoever_is_connected_is_listed_until_their_worker_is_silent_for_too_long(
    service: Service, duel: Challenge, clock: SettableClock, run: Run
) -> None:
    viewer = Viewer(duel.challenger.id, "en")
    with viewing("websocket", service, viewer, service.opener.challenge(duel.id, viewer, 5)):
        service.stream_recorder.run_once()
        listed = run("who", "--user", "Noura", "--topic", f"challenge:{duel.id}")
        assert listed.splitlines()[1].split()[:3] == ["noura", "challenge:1", "websocket"]
        assert listed.endswith("1 stream, 1 user, 1 worker\n")
        for others in (("--user", "khalid"), ("--topic", "user:noura"), ("--node", "elsewhere")):
            assert run("who", *others).startswith("0 streams")
        clock.advance(service.settings.noting_silence_seconds + 1)
        assert run("who").startswith("0 streams")
        service.stream_recorder.run_once()
        assert run("who").endswith("1 stream, 1 user, 1 worker\n")


@pytest.mark.parametrize(
    ("changes", "silent_seconds"),
    [({}, 30), ({"stream_note_seconds": 15, "seeker_away_seconds": 10}, 150)],
)
def test_how_long_a_worker_may_be_silent_follows_from_how_often_it_looks(
    database_url: str, changes: dict[str, float], silent_seconds: float
) -> None:
    clock = SettableClock()
    app = create_app(make_settings(database_url, **changes), clock=clock)
    service: Service = app.extensions["qader_sse"]
    (noura, _) = add_users(service, "noura", "khalid")
    duel = started_duel(service, noura, "khalid")
    viewer = Viewer(noura, "en")
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 5)):
        service.stream_recorder.run_once()
        found = []
        for seconds in (silent_seconds, 0.001):
            clock.advance(seconds)
            found.append(len(service.stream_histories.open_now(WantedStreams(), clock())))
    dispose(app)
    assert found == [1, 0]


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("duels", "'duels' is no topic. Name challenge:7, user:NAME or sessions."),
        ("challenge:", "'challenge:' is no topic. Name challenge:7, user:NAME or sessions."),
        ("challenge:99", "There is no challenge 99."),
        ("challenge:x", "There is no challenge x."),
        ("challenge:" + "9" * 5000, f"There is no challenge {'9' * 5000}."),
        ("user:nobody", "There is no account named nobody."),
    ],
)
def test_a_topic_that_does_not_exist_is_refused_with_one_sentence(
    run: Run, topic: str, said: str
) -> None:
    for command in (("tail", topic), ("who", "--topic", topic)):
        assert run(*command, exit_code=1) == f"Error: {said}\n"


def test_nothing_can_be_followed_from_beyond_the_end(run: Run) -> None:
    assert run("tail", "challenge:1", "--after", "6", exit_code=1) == (
        "Error: challenge:1 has no event 6 yet: its last one is 5.\n"
    )
