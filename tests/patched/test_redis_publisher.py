"""What is announced is written to Redis at once, and what Redis does not take is written later."""

import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gevent
import hiredis
import pytest
from gevent.monkey import get_original

from cluster.redis_server import RedisServer
from cluster.waiting import wait_until
from qader_sse.domain.events import Event
from qader_sse.realtime.bus import redis_connections
from qader_sse.realtime.bus.partitions import channel, partition_of
from tests.support.redis_workers import Worker, event, two_workers

pytestmark = pytest.mark.timeout(60)
blocking_socket = get_original("socket", "socket")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def test_an_announcement_is_on_its_way_before_any_other_greenlet_runs(redis: RedisServer) -> None:
    """In a busy worker, whoever waits for anything waits until all have run that are ready."""
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.is_up)
    with closing(redis.client()) as client:
        (followed,) = client.pubsub_channels(channel("*", partition_of("challenge:1")))
        follow: Any = ("SUBSCRIBE", followed)
    with closing(blocking_socket(socket.AF_INET, socket.SOCK_STREAM)) as subscriber:
        subscriber.settimeout(10)
        subscriber.connect(("127.0.0.1", redis.port))
        subscriber.sendall(hiredis.pack_command(follow))
        assert b"subscribe" in subscriber.recv(1000)
        worker.bus.announce([event(4711)])
        assert b"4711" in subscriber.recv(1000)


def test_what_a_server_does_not_take_at_once_arrives_later_in_order(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connections, "ANSWER_SECONDS", 20.0)
    monkeypatch.setattr(redis_connections, "PROBE_LIMIT_SECONDS", 20.0)
    here, there = two_workers(redis.url)
    large = [
        Event("challenge:1", seq, "participant.update", {"is": "a" * 10**6}) for seq in range(20)
    ]
    redis.process.signal(signal.SIGSTOP)
    with gevent.Timeout(20):
        for one in large:
            here.bus.announce([one])
    redis.process.signal(signal.SIGCONT)
    wait_until(lambda: len(there.events) == len(large))
    assert there.events == large
    assert here.bus.counters["lost_connections"] == 0
