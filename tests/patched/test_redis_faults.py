"""Faults of Redis and its network: the bus notices each one, reports the loss, and recovers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest
from redis import Redis
from redis.exceptions import RedisError

from cluster.fault_proxy.handle import FaultProxy
from cluster.redis_server import RedisServer, redis_url
from cluster.waiting import wait_until
from qader_sse.realtime.bus import redis_connections, redis_servers
from qader_sse.realtime.bus.partitions import channel
from tests.support.redis_workers import Worker, announce, can_announce, event, two_workers

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[FaultProxy]:
    with FaultProxy(redis.port) as proxy:
        yield proxy


def test_a_redis_that_is_killed_and_started_again_is_used_again(redis: RedisServer) -> None:
    here, there = two_workers(redis.url)
    redis.kill()
    wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
    here.bus.announce([event(1)])
    assert here.events == [event(1)]  # streams on the same worker get it without Redis
    losses = there.times_lost
    redis.start()
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: there.times_lost > losses)
    assert event(1) not in there.events
    wait_until(lambda: can_announce(here, there))
    assert here.bus.counters["unpublished"] == 1


def test_a_worker_alone_on_the_bus_reads_the_log_at_once_when_redis_is_back(
    redis: RedisServer,
) -> None:
    """The worker waits neither for another one to report a loss nor for its periodic catch-up."""
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.is_up)
    redis.kill()
    wait_until(lambda: not worker.bus.is_up)
    losses = worker.times_lost
    redis.start()
    wait_until(lambda: worker.bus.is_up)
    assert worker.times_lost == losses + 1


def test_a_subscription_that_is_killed_is_renewed(redis: RedisServer) -> None:
    here, there = two_workers(redis.url)
    losses = here.times_lost
    assert redis.ask("CLIENT KILL", "TYPE", "pubsub") == 2
    wait_until(lambda: here.times_lost >= losses + 2)  # one when it broke, one when it was back
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: can_announce(here, there))


def test_a_worker_that_lost_its_connection_alone_makes_the_others_catch_up(
    redis: RedisServer,
) -> None:
    """Its announcements may be lost meanwhile, and the others cannot notice that by themselves."""
    here = Worker(redis.url)
    wait_until(lambda: here.bus.is_up)
    with closing(redis.client()) as client:
        (only,) = client.client_list(_type="pubsub")
    there = Worker(redis.url)
    wait_until(lambda: there.bus.is_up)
    wait_until(lambda: here.times_lost == 2)  # once when it started, once when the other did
    losses = there.times_lost
    redis.ask("CLIENT KILL", "ID", only["id"])
    wait_until(lambda: here.bus.counters["lost_connections"] == 1 and here.bus.is_up)
    wait_until(lambda: there.times_lost > losses)
    assert there.bus.counters["lost_connections"] == 0


def test_a_connection_that_does_not_receive_its_own_probes_is_broken(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is a connection to a demoted primary, which answers commands but delivers no message."""
    monkeypatch.setattr(redis_connections, "PROBE_LIMIT_SECONDS", 2.0)
    monkeypatch.setattr(redis_connections, "PROBE_SECONDS", 0.05)
    (deaf,) = redis_servers.server_finder(redis.url)(["a"])
    (sound,) = redis_servers.server_finder(redis.url)(["a"])
    received: list[bytes] = []
    reader = gevent.spawn(sound.open().listen, received.append)
    deaf.open()  # without a greenlet that reads

    def is_deaf_broken() -> bool:
        for connection in (deaf, sound):
            connection.publish([])
        sound.require_probe()
        try:
            deaf.require_probe()
        except RedisError:
            return True
        return False

    wait_until(is_deaf_broken, pause=0.02)
    assert received == []  # probes are not delivered
    reader.kill()
    for connection in (deaf, sound):
        connection.close()


def test_flushing_redis_changes_nothing(redis: RedisServer) -> None:
    here, there = two_workers(redis.url)
    redis.client().flushall()
    announce(here, there)
    assert here.bus.counters["lost_connections"] == 0


def test_a_silent_network_is_noticed_and_delays_no_announcement(proxy: FaultProxy) -> None:
    """No connection breaks, so only a probe that does not return shows it."""
    here, there = two_workers(redis_url(proxy.port))
    proxy.partition()
    with gevent.Timeout(0.2):
        for seq in range(1, 100):
            here.bus.announce([event(seq)])
    wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
    losses = there.times_lost
    proxy.pass_through()
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: there.times_lost > losses)
    wait_until(lambda: can_announce(here, there))


def test_over_a_slow_network_with_jitter_events_arrive_in_order(proxy: FaultProxy) -> None:
    here, there = two_workers(redis_url(proxy.port))
    proxy.delay(20, 120)
    for seq in range(1, 100):
        here.bus.announce([event(seq)])
        gevent.sleep(0.002)
    wait_until(lambda: len(there.events) == 99)
    assert there.events == [event(seq) for seq in range(1, 100)]
    assert here.bus.counters["lost_connections"] == 0


def test_two_installations_on_one_redis_do_not_receive_each_others_events(
    redis: RedisServer,
) -> None:
    here, there = two_workers(redis.url)
    other = Worker(redis.url, "the secret of another installation")
    wait_until(lambda: other.bus.is_up)
    announce(here, there)
    assert other.events == []


def test_a_bus_that_may_subscribe_but_not_publish_does_not_count_as_up(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise the bus would go up and down at each attempt, each time with a catch-up."""
    redis.ask("ACL", "SETUSER", "default", "-publish")
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.counters["failed_attempts"] >= 3)
    assert worker.bus.counters["lost_connections"] == worker.times_lost == 0
    assert caplog.text.count("degraded") == 1
    redis.ask("ACL", "SETUSER", "default", "+publish")
    wait_until(lambda: worker.bus.is_up)


def test_messages_that_make_no_sense_are_counted_and_skipped(redis: RedisServer) -> None:
    here, there = two_workers(redis.url)
    senseless = (b"", b"\xff\xfe", b"a\nb", b"a\nb\n{", b"a\nchallenge:1\n[[1]]", b"a\nb\n7")
    with closing(redis.client()) as client:
        (followed,) = client.pubsub_channels(channel("*", 0))
        for data in senseless:
            client.publish(followed, data)
    wait_until(lambda: there.bus.counters["untrusted"] == 6)
    announce(here, there)
    assert there.bus.is_up


def test_a_redis_that_starts_after_the_worker_is_found(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis.kill()
    worker = Worker(redis.url)
    wait_until(lambda: "degraded" in caplog.text)
    redis.start()
    wait_until(lambda: worker.bus.is_up)


def test_an_outage_is_two_lines_in_the_log_whatever_the_number_of_attempts(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="qader_sse")
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.is_up)
    redis.kill()
    wait_until(lambda: worker.bus.counters["failed_attempts"] >= 3)
    redis.start()
    wait_until(lambda: worker.bus.is_up)
    assert caplog.text.count("the bus is up") == 2
    assert caplog.text.count("degraded") == 1


def test_a_worker_joins_while_announcements_flow(redis: RedisServer) -> None:
    """On the channels confirmed first, messages arrive before the last confirmation."""
    channels = [channel("busy", number) for number in range(16)]
    with Redis(port=redis.port) as client:

        def publish_without_end() -> None:
            while True:
                pipeline = client.pipeline(transaction=False)
                for name in channels:
                    pipeline.publish(name, b"x" * 400)
                pipeline.execute()
                gevent.sleep(0)

        publisher = gevent.spawn(publish_without_end)
        try:
            for _ in range(100):
                (connection,) = redis_servers.server_finder(redis.url)(channels)
                with closing(connection):
                    connection.open()
        finally:
            publisher.kill()
