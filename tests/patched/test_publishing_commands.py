"""A process that never starts its bus, as a command, publishes all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.redis_server import RedisServer
from qader_sse.domain.events import Event
from qader_sse.realtime.bus.redis_bus import RedisBus
from tests.support.streams import wait_until

SECRET = "the secret of one installation"
EVENTS = [Event("sessions", 7, "session.ended", {"session_id": "a", "reason": "disabled"})]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def test_a_worker_receives_what_a_command_announces(redis: RedisServer) -> None:
    worker, command = RedisBus(redis.url, SECRET), RedisBus(redis.url, SECRET)
    received: list[Event] = []
    worker.subscribe(received.extend, lambda: None)
    worker.start()
    wait_until(lambda: worker.hears_other_processes)
    command.announce(EVENTS)
    wait_until(lambda: received == EVENTS)
    assert not command.hears_other_processes


def test_a_command_goes_on_without_redis(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis.kill()
    command = RedisBus(redis.url, SECRET)
    command.announce(EVENTS)
    assert command.counters["unpublished"] == 1
    assert "not announced" in caplog.text
