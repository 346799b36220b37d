"""Whoever can publish in Redis, but lacks SECRET_KEY, can make workers read the log, and no more."""

import json
import logging
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, challenge_topic, sessions_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.bus import redis_bus
from qader_sse.realtime.bus.announcements import Announcement
from qader_sse.realtime.bus.interface import LocalBus
from qader_sse.realtime.bus.partitions import PARTITIONS
from qader_sse.realtime.bus.redis_bus import RedisBus
from qader_sse.realtime.bus.signatures import SIGNATURE_BYTES, Signer
from qader_sse.service import Service
from qader_sse.store import event_pages
from tests.conftest import dispose, make_settings
from tests.support.duel import add_users, started_duel
from tests.support.log_lines import logged_by
from tests.support.streams import wait_until
from tests.support.transports import Viewing, viewing

SECRET = "the secret of one installation"
TOPIC = challenge_topic(1)
LIE = Announcement("x", TOPIC, (Event(TOPIC, 6, "challenge.completed", {"lie": 1}),)).encode()
FAR_AHEAD = Announcement("x", TOPIC, (Event(TOPIC, 10**9, "participant.update", {}),)).encode()
SIGN_OUT = {"session_id": "of-the-viewer", "reason": "disabled"}
SIGNED_OUT = Announcement(
    "x", sessions_topic(), (Event(sessions_topic(), 1, "session.ended", SIGN_OUT),)
).encode()
SIGNED = Signer(SECRET).sign(LIE)
FORGED = {
    "as earlier versions publish": LIE,
    "a head far ahead": FAR_AHEAD,
    "the end of a session": SIGNED_OUT,
    "a loss": Announcement("x", "", ()).encode(),
    "nothing": b"",
    "text": b"Hello!",
    "no text": bytes(range(256)),
    "a deep nesting": b"x\nchallenge:1\n" + b"[" * 100_000,
    "another secret": Signer("another").sign(LIE),
    "the signature alone": SIGNED[:SIGNATURE_BYTES],
    "another topic under a signature": SIGNED.replace(b"challenge:1", b"challenge:2"),
    "another number under a signature": SIGNED.replace(b"[6,", b"[7,"),
    "a signature in capitals": SIGNED[:SIGNATURE_BYTES].upper() + LIE,
    "the origin of the lie moved": SIGNED.replace(b".x ", b".y "),
}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def bus(redis: RedisServer) -> RedisBus:
    return RedisBus(redis.url, SECRET)


@pytest.fixture
def service(database_url: str, bus: RedisBus) -> Iterator[Service]:
    """The service of a worker that reads the log only when it is told to."""
    app = create_app(make_settings(database_url), bus=bus)
    found: Service = app.extensions["qader_sse"]
    add_users(found, "noura", "khalid")
    bus.start()
    wait_until(lambda: bus.is_up)
    found.hub.keep_caught_up(lambda: 3600.0)
    yield found
    dispose(app)


@pytest.fixture
def elsewhere(database_url: str, service: Service) -> Iterator[Service]:
    """Another worker on the same database, whose announcements are lost."""
    app = create_app(make_settings(database_url), bus=LocalBus())
    found: Service = app.extensions["qader_sse"]
    yield found
    dispose(app)


@pytest.fixture
def duel(service: Service) -> Challenge:
    return started_duel(service, 1, "khalid")


@pytest.fixture
def seen(service: Service, duel: Challenge) -> Iterator[Viewing]:
    """A stream of the duel, up to date."""
    viewer = Viewer(1, "en")
    with service.hub.buffering(TOPIC):
        start = service.opener.challenge(duel.id, viewer, 0)
        service.hub.raise_head(TOPIC, start.head)
        with viewing("socket", service, viewer, start, session_id="of-the-viewer") as found:
            found.read()
            wait_until(lambda: len(found.messages) == start.head)
            yield found


def publish(redis: RedisServer, *messages: bytes, times: int = 1) -> None:
    """Publish on every partition that somebody subscribes to."""
    with closing(redis.client()) as client:
        names = [name for name in client.pubsub_channels("qader:*") if b":probe:" not in name]
        assert len(names) == PARTITIONS
        for message in messages:
            client.eval(
                "for n = 1, tonumber(ARGV[2]) do redis.call('PUBLISH', KEYS[1], ARGV[1]) end",
                1,
                names[0],
                message,
                times,
            )


def answer(service: Service, duel: Challenge, number: int) -> None:
    """Commit two events."""
    question = duel.questions[number].id
    service.challenges.answer(duel.id, 1, question, "A", None, service.clock())


def test_no_forged_message_shows_or_hides_or_ends_anything(
    redis: RedisServer,
    bus: RedisBus,
    service: Service,
    elsewhere: Service,
    duel: Challenge,
    seen: Viewing,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    before = len(seen.messages)
    publish(redis, *FORGED.values())
    wait_until(lambda: bus.counters["untrusted"] == len(FORGED))
    assert bus.counters["received"] == bus.counters["unreadable"] == 0
    answer(service, duel, 0)
    wait_until(lambda: len(seen.messages) == before + 2)
    answer(elsewhere, duel, 1)
    publish(redis, FAR_AHEAD)  # what it makes the worker read is what was committed
    wait_until(lambda: len(seen.messages) == before + 4)
    assert not seen.is_ended
    assert "lie" not in json.dumps(seen.messages)
    assert service.hub.ended_sessions.reason("of-the-viewer") is None
    assert [record.levelname for record in logged_by(caplog, redis_bus)] == ["WARNING"]
    assert "has not signed: 1;" in caplog.text


def test_an_old_announcement_that_comes_again_changes_nothing(
    redis: RedisServer, bus: RedisBus, service: Service, duel: Challenge, seen: Viewing
) -> None:
    before = seen.messages
    with service.database.autocommit() as connection:
        events = event_pages.read(connection, TOPIC, 0, 50)
    for event in events:
        as_written = replace(event, fact=dict(event.fact))
        old = Announcement("another-worker", TOPIC, (as_written,)).encode()
        publish(redis, Signer(SECRET).sign(old), times=50)
    wait_until(lambda: bus.counters["received"] == 50 * len(before))
    assert seen.messages == before
    answer(service, duel, 0)
    wait_until(lambda: len(seen.messages) == len(before) + 2)
    assert not seen.is_ended


def test_what_a_newer_version_writes_makes_the_log_be_read(
    redis: RedisServer,
    bus: RedisBus,
    service: Service,
    elsewhere: Service,
    duel: Challenge,
    seen: Viewing,
) -> None:
    before = len(seen.messages)
    answer(elsewhere, duel, 0)
    publish(redis, Signer(SECRET).sign(b"another form"))
    wait_until(lambda: len(seen.messages) == before + 2)
    wait_until(lambda: bus.counters["unreadable"] == 1)  # the log may be read before it, too


def test_a_message_that_is_too_large_costs_one_connection_and_no_event(
    redis: RedisServer,
    bus: RedisBus,
    service: Service,
    elsewhere: Service,
    duel: Challenge,
    seen: Viewing,
) -> None:
    before = len(seen.messages)
    answer(elsewhere, duel, 0)
    publish(redis, b"x" * 5_000_000)
    wait_until(lambda: bus.counters["lost_connections"] == 1)
    wait_until(lambda: bus.is_up)
    wait_until(lambda: len(seen.messages) == before + 2)


def test_a_flood_leaves_time_for_others_and_fills_no_memory(
    redis: RedisServer, bus: RedisBus, service: Service
) -> None:
    unfollowed = [
        Signer(SECRET).sign(Announcement("another", f"challenge:{n}", ()).encode())
        for n in range(1_000)
    ]
    tracemalloc.start()
    publish(redis, *unfollowed, *FORGED.values())
    wait_until(lambda: bus.counters["received"] == len(unfollowed))
    before, _ = tracemalloc.get_traced_memory()
    # In seconds of this process's CPU, whatever else the machine does.
    longest, last = 0.0, time.process_time()
    gevent.spawn(publish, redis, LIE, times=50_000)
    while bus.counters["untrusted"] < len(FORGED) + 50_000 and bus.is_up:
        gevent.sleep(0.001)
        longest, last = max(longest, time.process_time() - last), time.process_time()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1_000_000
    assert longest < 0.4
