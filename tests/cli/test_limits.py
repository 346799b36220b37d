"""`flask limits …`: what a person or an address has used of each limit, and forgetting it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.service import Service
from tests.cli.conftest import Run, runner
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users, sign_in, started_duel
from tests.support.tables import unchanged

LOGIN = "/api/v1/auth/login/"
CHALLENGES = "/api/v1/challenges/challenges/"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def limited(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    """An app with limits, and without Redis."""
    app = create_app(make_settings(database_url, fair_shares=True), clock=clock)
    yield app
    dispose(app)


@pytest.fixture
def shared(redis: RedisServer, database_url: str, clock: SettableClock) -> Iterator[list[Flask]]:
    """A worker and a command: two processes, as far as limits go, that count in one Redis."""
    key = f"test {database_url}"  # counters of other tests are those of other installations
    values = {"fair_shares": True, "redis_url": redis.url, "secret_key": key}
    apps = [create_app(make_settings(database_url, **values), clock=clock) for _ in range(2)]
    add_users(apps[0].extensions["qader_sse"], "noura", "khalid")
    yield apps
    for app in apps:
        dispose(app)


def rows(output: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in output.splitlines()[1:]}


@pytest.mark.programs
def test_what_somebody_has_used_is_shown_and_forgotten(shared: list[Flask]) -> None:
    worker, run = shared[0], runner(shared[1])
    client = worker.test_client()
    wrong = {"username": "noura", "password": "wrong-password"}
    statuses = [client.post(LOGIN, json=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    both = ("--user", "NOURA", "--address", "127.0.0.1")
    used = rows(run("limits", "show", *both))
    assert used["SIGN_IN_FAILURE_RATE"][:2] == ["5", "5"]
    assert 0 < float(used["SIGN_IN_FAILURE_RATE"][2]) <= 30
    assert used["ADDRESS_FAILURE_RATE"] == ["5", "100", "-"]
    assert used["ACCOUNT_FAILURE_RATE"] == ["5", "500", "-"]
    assert used["REGISTRATION_RATE"] == ["0", "100", "-"]

    said = run("limits", "reset", *both).splitlines()
    assert "SIGN_IN_FAILURE_RATE: nothing used" in said
    used = rows(run("limits", "show", *both))
    assert {name: one[0] for name, one in used.items()} == dict.fromkeys(used, "0")
    right = {"username": "noura", "password": PASSWORD}
    assert client.post(LOGIN, json=right).status_code == 200
    recorded = json.loads(run("audit", "--what", "limits", "--json"))["entries"]
    assert [one["username"] or one["subject"] for one in recorded] == ["address:127.0.0.1", "noura"]


@pytest.mark.programs
def test_a_person_who_searched_too_often_may_search_again(shared: list[Flask]) -> None:
    worker, run = shared[0], runner(shared[1])
    client = sign_in(worker.test_client(), "noura")
    search = {"challenge_type": "quick_quant_10"}
    statuses = [client.post(CHALLENGES, json=search).status_code for _ in range(21)]
    assert statuses == [201] * 20 + [429]
    assert rows(run("limits", "show", "--user", "noura"))["SEARCH_RATE"][:2] == ["20", "20"]
    run("limits", "reset", "--user", "noura")
    assert client.post(CHALLENGES, json=search).status_code == 201


@pytest.mark.programs
def test_while_redis_is_away_nothing_is_said_to_be_known(
    tmp_path: Path, database_url: str, clock: SettableClock
) -> None:
    with RedisServer(tmp_path) as own:
        values = {"fair_shares": True, "redis_url": own.url}
        app = create_app(make_settings(database_url, **values), clock=clock)
        own.kill()
        assert "Of rates, nothing is known." in runner(app)("limits", "show", "--user", "sara")
        dispose(app)


def test_what_duels_and_invites_count_is_shown_without_redis(
    limited: Flask, clock: SettableClock
) -> None:
    service: Service = limited.extensions["qader_sse"]
    noura, _ = add_users(service, "noura", "khalid")
    run = runner(limited)
    started_duel(service, noura, "khalid")
    service.challenges.invite(noura, "quick_quant_10", "sara", clock())
    shown = run("limits", "show", "--user", "noura")
    assert rows(shown)["MAX_INVITES_PER_DAY"] == ["1", "100", "-"]
    assert rows(shown)["NEW_ACCOUNT_QUESTIONS_PER_HOUR"] == ["10", "90", "-"]
    assert "Of rates, nothing is known. Without Redis" in shown
    assert rows(run("limits", "show", "--user", "sara"))["MAX_PENDING_INVITES"][:1] == ["1"]
    clock.advance(service.settings.new_account_seconds + 1)
    later = rows(run("limits", "show", "--user", "noura"))
    assert later["QUESTIONS_PER_HOUR"] == ["0", "250", "-"]
    assert later["MAX_INVITES_PER_DAY"] == ["0", "100", "-"]


def test_without_redis_nothing_is_reset(limited: Flask) -> None:
    service: Service = limited.extensions["qader_sse"]
    with unchanged(service):
        said = runner(limited)("limits", "reset", "--user", "sara", exit_code=1)
    assert said.startswith("Error: Without Redis")
    assert said.endswith("Nothing was changed.\n")


def test_where_nothing_is_limited_it_is_said(run: Run) -> None:
    said = run("limits", "show", "--user", "sara")
    assert said == "Nothing is limited: FAIR_SHARES is false.\n"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        ((), 2, "Name --user, --address, or both."),
        (("--address", "not-an-address"), 2, "not-an-address is no IP address."),
        (("--user", "nobody"), 1, "There is no account named nobody."),
    ],
)
def test_whose_share_is_meant_has_to_be_said(
    run: Run, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    for command in ("show", "reset"):
        assert said in run("limits", command, *arguments, exit_code=exit_code)
