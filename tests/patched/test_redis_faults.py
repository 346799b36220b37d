"""What Redis can do to the bus: whatever it is, it is noticed, told, and over by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest
from redis.exceptions import RedisError

from cluster.fault_proxy.handle import FaultProxy
from cluster.redis_server import RedisServer, redis_url
from cluster.waiting import wait_until
from qader_sse.realtime.bus import redis_connections
from qader_sse.realtime.bus.announcements import channel
from tests.support.redis_workers import Worker, event, speaks, workers

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[FaultProxy]:
    with FaultProxy(redis.port) as proxy:
        yield proxy


def test_killed_and_started_again(redis: RedisServer) -> None:
    here, there = workers(redis.url)
    redis.kill()
    wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
    here.bus.announce([event(1)])
    assert here.events == [event(1)]  # who is on the same worker sees it all the same
    told = there.times_missed
    redis.start()
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: there.times_missed > told)
    assert event(1) not in there.events
    wait_until(lambda: speaks(here, there))
    assert here.bus.counters["unpublished"] == 1


def test_a_worker_alone_on_the_bus_reads_the_log_at_once_when_redis_is_back(
    redis: RedisServer,
) -> None:
    """It need not wait for another worker to report a loss, nor for the next periodic catch-up."""
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.is_up)
    redis.kill()
    wait_until(lambda: not worker.bus.is_up)
    reported = worker.times_missed
    redis.start()
    wait_until(lambda: worker.bus.is_up)
    assert worker.times_missed == reported + 1


def test_a_subscription_that_is_killed_is_made_again_at_once(redis: RedisServer) -> None:
    here, there = workers(redis.url)
    told = here.times_missed
    assert redis.ask("CLIENT KILL", "TYPE", "pubsub") == 2
    wait_until(lambda: here.times_missed >= told + 2)  # that it broke, and that it is back
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: speaks(here, there))


def test_a_worker_that_lost_its_link_alone_tells_the_others_to_look(redis: RedisServer) -> None:
    """What it had to say meanwhile is lost for them, and they noticed nothing."""
    here = Worker(redis.url)
    wait_until(lambda: here.bus.is_up)
    with closing(redis.client()) as client:
        (only,) = client.client_list(_type="pubsub")
    there = Worker(redis.url)
    wait_until(lambda: there.bus.is_up)
    wait_until(lambda: here.times_missed == 2)  # its own beginning, and the other one's
    told = there.times_missed
    redis.ask("CLIENT KILL", "ID", only["id"])
    wait_until(lambda: here.bus.counters["lost_connections"] == 1 and here.bus.is_up)
    wait_until(lambda: there.times_missed > told)
    assert there.bus.counters["lost_connections"] == 0


def test_a_link_that_hears_nothing_of_what_it_says_is_broken(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a demoted primary: commands are answered, and nothing arrives."""
    monkeypatch.setattr(redis_connections, "_PROBE_LIMIT_SECONDS", 0.3)
    monkeypatch.setattr(redis_connections, "PROBE_SECONDS", 0.05)
    (deaf,) = redis_connections.server_finder(redis.url)(["a"])
    (sound,) = redis_connections.server_finder(redis.url)(["a"])
    heard: list[bytes] = []
    listening = gevent.spawn(sound.open().listen, heard.append)
    deaf.open()  # and nobody listens
    give_up_at = time.monotonic() + 0.5
    while time.monotonic() < give_up_at:
        for connection in (deaf, sound):
            connection.publish([])
        sound.require_probe()
        gevent.sleep(0.02)
    with pytest.raises(RedisError):
        deaf.require_probe()
    assert heard == []  # probes are the link's own matter
    listening.kill()
    for connection in (deaf, sound):
        connection.close()


def test_flushing_everything_changes_nothing(redis: RedisServer) -> None:
    here, there = workers(redis.url)
    redis.client().flushall()
    assert speaks(here, there)
    assert here.bus.counters["lost_connections"] == 0


def test_a_network_that_says_nothing_is_noticed_and_nobody_waits_for_it(proxy: FaultProxy) -> None:
    """No connection breaks, so only a probe that does not come back can tell."""
    here, there = workers(redis_url(proxy.port))
    proxy.partition()
    with gevent.Timeout(0.2):
        for seq in range(1, 100):
            here.bus.announce([event(seq)])
    wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
    told = there.times_missed
    proxy.pass_through()
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    wait_until(lambda: there.times_missed > told)
    wait_until(lambda: speaks(here, there))


def test_slow_and_jittery_is_late_and_in_order(proxy: FaultProxy) -> None:
    here, there = workers(redis_url(proxy.port))
    proxy.delay(20, 120)
    for seq in range(1, 100):
        here.bus.announce([event(seq)])
        gevent.sleep(0.002)
    wait_until(lambda: len(there.events) == 99)
    assert there.events == [event(seq) for seq in range(1, 100)]
    assert here.bus.counters["lost_connections"] == 0


def test_two_installations_on_one_redis_do_not_hear_each_other(redis: RedisServer) -> None:
    here, there = workers(redis.url)
    stranger = Worker(redis.url, "the secret of another one")
    wait_until(lambda: stranger.bus.is_up)
    assert speaks(here, there)
    assert stranger.events == []


def test_who_may_hear_and_not_speak_does_not_count_as_up(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise it would be up and down again at each try, a look at the log each time."""
    redis.ask("ACL", "SETUSER", "default", "-publish")
    worker = Worker(redis.url)
    wait_until(lambda: worker.bus.counters["failed_attempts"] >= 3)
    assert worker.bus.counters["lost_connections"] == worker.times_missed == 0
    assert caplog.text.count("degraded") == 1
    redis.ask("ACL", "SETUSER", "default", "+publish")
    wait_until(lambda: worker.bus.is_up)


def test_what_nobody_can_read_is_counted_and_passed_over(redis: RedisServer) -> None:
    here, there = workers(redis.url)
    for data in (b"", b"\xff\xfe", b"a\nb", b"a\nb\n{", b"a\nchallenge:1\n[[1]]", b"a\nb\n7"):
        redis.client().publish(channel(there.bus._namespace, 0), data)
    wait_until(lambda: there.bus.counters["unreadable"] == 6)
    assert speaks(here, there)
    assert there.bus.is_up


def test_a_redis_that_is_not_there_at_the_start_is_found_when_it_comes(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis.kill()
    worker = Worker(redis.url)
    wait_until(lambda: "degraded" in caplog.text)
    redis.start()
    wait_until(lambda: worker.bus.is_up)


def test_an_outage_is_two_lines_and_not_one_each_try(
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
