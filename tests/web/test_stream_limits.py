"""Streams of one person and of one address are bounded; players of running duels have places kept."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse import create_app
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import started_duel

AsUser = Callable[[str], FlaskClient]
NOTIFICATIONS = "/sse/challenges/notifications/"
SETTINGS = {
    "max_streams": 10,
    "streams_for_players_percent": 40,
    "max_streams_per_person": 3,
    "max_streams_per_address": 5,
}


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(database_url, fair_shares=True, **SETTINGS), clock=clock)
    yield app
    dispose(app)


class Streams:
    """Opens streams, and tells by the hub which of them were not refused."""

    def __init__(self, service: Service) -> None:
        self._hub = service.hub
        self._open = ExitStack()

    def open(self, client: FlaskClient, path: str, address: str, **headers: str) -> bool:
        before = self._hub.open_streams
        response = client.get(path, environ_base={"REMOTE_ADDR": address}, headers=headers)
        assert response.status_code == 200
        if self._hub.open_streams > before:
            self._open.callback(response.close)  # its body, which has no end, is never read
            return True
        assert b'"state":"closing","reason":"limit"' in response.data
        return False

    def count(self, client: FlaskClient, address: str, tries: int) -> int:
        return sum(self.open(client, NOTIFICATIONS, address) for _ in range(tries))

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def streams(service: Service) -> Iterator[Streams]:
    found = Streams(service)
    yield found
    found.close()


@pytest.mark.claim("C13")
def test_streams_of_a_person_and_of_an_address_are_bounded(
    service: Service, streams: Streams, as_user: AsUser
) -> None:
    noura, khalid, stranger = as_user("noura"), as_user("khalid"), as_user("stranger")
    assert streams.count(noura, "192.0.2.1", 8) == 3
    assert not streams.open(noura, NOTIFICATIONS, "192.0.2.9")
    assert streams.count(khalid, "192.0.2.1", 8) == 2
    assert not streams.open(stranger, NOTIFICATIONS, "192.0.2.1")
    assert streams.open(stranger, NOTIFICATIONS, "192.0.2.2")
    streams.close()
    assert service.hub.open_streams == 0
    assert streams.open(noura, NOTIFICATIONS, "192.0.2.1")


def test_the_last_places_of_a_worker_are_for_the_players_of_running_duels(
    service: Service, streams: Streams, people: dict[str, int], as_user: AsUser
) -> None:
    running = started_duel(service, people["noura"], "khalid")
    invite = service.challenges.invite(
        people["noura"], "quick_quant_10", "stranger", service.clock()
    )
    noura, khalid, stranger = as_user("noura"), as_user("khalid"), as_user("stranger")
    assert streams.count(khalid, "192.0.2.2", 2) == 2
    assert streams.count(stranger, "192.0.2.3", 3) == 3
    assert streams.count(noura, "192.0.2.1", 1) == 1
    duel = f"/sse/challenges/{running.id}/"
    topics = f"/sse/stream/?topics=challenges/{running.id},notifications"

    assert not streams.open(noura, f"/sse/challenges/{invite.id}/", "192.0.2.1")
    assert not streams.open(khalid, NOTIFICATIONS, "192.0.2.2")
    assert streams.open(khalid, duel, "192.0.2.2")
    # A stream that resumes is a player's as well, and so is one of several topics.
    assert streams.open(noura, duel, "192.0.2.1", **{"Last-Event-ID": "1"})
    assert streams.open(noura, topics, "192.0.2.1")
