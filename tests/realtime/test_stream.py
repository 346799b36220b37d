"""A stream sends every event once and in order, whatever the bus does."""

import weakref
from collections.abc import Callable, Iterator

import gevent
import pytest
from flask import Flask

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.bus.interface import Bus, LocalBus
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.buses import DroppingBus, FailingBus, UnrulyBus
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end, started_duel
from tests.support.streams import OpenStream, reading, stored_frames, wait_until

MakeService = Callable[[Bus], Service]


@pytest.fixture
def make_service(database_url: str, clock: SettableClock) -> Iterator[MakeService]:
    apps: list[Flask] = []

    def make(bus: Bus) -> Service:
        apps.append(create_app(make_settings(database_url), clock=clock, bus=bus))
        service: Service = apps[-1].extensions["qader_sse"]
        add_users(service, "noura", "khalid")
        return service

    yield make
    for app in apps:
        dispose(app)


def viewers(challenge: Challenge) -> list[Viewer]:
    return [Viewer(attempt.player.id, "en") for attempt in challenge.attempts]


def fresh_stream(service: Service, challenger_id: int) -> OpenStream:
    """Return a stream on a new duel that begins with a snapshot, and that is not iterated yet."""
    duel = started_duel(service, challenger_id, "khalid")
    viewer = viewers(duel)[0]
    return OpenStream(service, viewer, service.opener.challenge(duel.id, viewer, None))


@pytest.mark.parametrize("bus", [LocalBus(), *(UnrulyBus(seed) for seed in range(8))])
def test_frames_are_those_of_the_log_once_and_in_order(make_service: MakeService, bus: Bus) -> None:
    service = make_service(bus)
    duel = started_duel(service, 1, "khalid")
    viewer = viewers(duel)[1]
    start = service.opener.challenge(duel.id, viewer, 0)
    with reading(service, viewer, start) as reader:
        play_to_the_end(service, duel)
        service.hub.catch_up()  # the last announcement may have been lost
        wait_until(lambda: reader.frames and reader.frames[-1].seq == 46)
    assert reader.frames == stored_frames(service, duel.id, viewer)
    assert reader.seqs == list(range(1, 47))


@pytest.mark.parametrize("bus", [DroppingBus(), FailingBus()])
def test_with_a_bus_that_loses_everything_frames_are_late_and_none_is_missing(
    make_service: MakeService, bus: Bus
) -> None:
    service = make_service(bus)
    duel = started_duel(service, 1, "khalid")
    viewer = viewers(duel)[0]
    with reading(service, viewer, service.opener.challenge(duel.id, viewer, None)) as reader:
        play_to_the_end(service, duel)
        gevent.idle()
        assert reader.seqs == [5]  # the snapshot it opened with
        service.hub.catch_up()
        wait_until(lambda: reader.seqs == list(range(5, 47)))


def test_when_the_bus_reports_a_loss_the_log_is_read_at_once(make_service: MakeService) -> None:
    bus = DroppingBus()
    service = make_service(bus)
    service.hub.keep_caught_up(lambda: 3600.0)
    duel = started_duel(service, 1, "khalid")
    viewer = viewers(duel)[0]
    with reading(service, viewer, service.opener.challenge(duel.id, viewer, None)) as reader:
        play_to_the_end(service, duel)
        bus.report_loss()
        wait_until(lambda: reader.seqs == list(range(5, 47)))


def test_events_between_reading_the_log_and_attaching_are_not_missed(
    make_service: MakeService,
) -> None:
    service = make_service(LocalBus())
    duel = started_duel(service, 1, "khalid")
    viewer = viewers(duel)[0]
    start = service.opener.challenge(duel.id, viewer, None)
    play_to_the_end(service, duel)  # no stream is attached or buffered: only in the log
    with reading(service, viewer, start) as reader:
        wait_until(lambda: reader.seqs == list(range(5, 47)))


def test_two_viewers_share_a_frame_where_their_views_are_the_same(
    make_service: MakeService,
) -> None:
    service = make_service(LocalBus())
    duel = started_duel(service, 1, "khalid")
    first, second = viewers(duel)
    with (
        reading(service, first, service.opener.challenge(duel.id, first, None)) as hers,
        reading(service, second, service.opener.challenge(duel.id, second, None)) as his,
    ):
        for question in duel.questions[:3]:
            service.challenges.answer(duel.id, 1, question.id, "A", None, service.clock())
        wait_until(lambda: hers.seqs == his.seqs == list(range(5, 12)))
    results, updates = slice(1, 7, 2), slice(2, 7, 2)
    pairs = list(zip(hers.frames, his.frames, strict=True))
    assert [mine is other for mine, other in pairs[updates]] == [True] * 3
    assert [mine == other for mine, other in pairs[results]] == [False] * 3


def test_fifty_waiting_streams_hold_no_database_connection(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    viewer = viewers(duel)[0]
    start = service.opener.challenge(duel.id, viewer, 0)
    readers = [OpenStream(service, viewer, start) for _ in range(50)]
    greenlets = [gevent.spawn(list, stream.batches()) for stream in readers]
    wait_until(lambda: all(stream.subscription.cursor == start.head for stream in readers))

    assert service.hub.open_streams == 50
    assert service.database.pool.in_use == 0

    for stream in readers:
        stream.leave()
    gevent.joinall(greenlets, raise_error=True)
    assert service.hub.open_streams == 0


def test_a_drain_closes_a_stream_after_its_frames(service: Service, people: dict[str, int]) -> None:
    stream = fresh_stream(service, people["noura"])
    batches: list[list[Frame]] = []
    greenlet = gevent.spawn(batches.extend, stream.batches())
    wait_until(lambda: batches)
    assert service.hub.open_streams == 1

    service.hub.drain()
    greenlet.get(timeout=5)

    assert [[frame.seq for frame in batch] for batch in batches] == [[5]]
    assert stream.connection.closing == "draining"
    assert service.hub.open_streams == 0


@pytest.mark.claim("C11")
def test_a_drain_closes_streams_in_waves_over_its_time(
    service: Service, people: dict[str, int]
) -> None:
    """Otherwise all clients would reconnect to the other workers at once."""
    duel = started_duel(service, people["noura"], "khalid")
    viewer = viewers(duel)[0]
    start = service.opener.challenge(duel.id, viewer, 0)
    streams = [OpenStream(service, viewer, start) for _ in range(200)]
    greenlets = [gevent.spawn(list, stream.batches()) for stream in streams]
    wait_until(lambda: service.hub.open_streams == 200)
    left: list[int] = []

    draining = gevent.spawn(service.hub.drain, 1.0)
    while not draining.ready():
        left.append(sum(stream.connection.closing is None for stream in streams))
        gevent.sleep(0.02)
    gevent.joinall(greenlets, raise_error=True)

    assert set(left) - {0, 200} <= {150, 100, 50}  # four waves of 50
    assert set(left) - {0, 200} != set()
    assert service.hub.open_streams == 0


def test_a_stream_accepted_just_before_a_drain_is_closed_too(
    service: Service, people: dict[str, int]
) -> None:
    stream = fresh_stream(service, people["noura"])
    service.hub.drain()
    assert list(stream.batches()) == []
    assert stream.connection.closing == "draining"


def test_a_waiting_stream_does_not_hold_the_snapshot_it_sent(
    service: Service, people: dict[str, int]
) -> None:
    """A snapshot has some 20 KB: those of 5,000 quiet streams would take 100 MB."""
    stream = fresh_stream(service, people["noura"])
    sent: list[weakref.ref[Frame]] = []

    def forward() -> None:
        for batch in stream.batches():
            sent.extend(weakref.ref(frame) for frame in batch)
            del batch

    greenlet = gevent.spawn(forward)
    wait_until(lambda: sent and sent[0]() is None)
    stream.leave()
    greenlet.get(timeout=5)
