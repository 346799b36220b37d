"""What every way to a viewer keeps to, pulled or pushed: the same tests for all of them."""

import json
import time
from typing import Any

import gevent
import pytest
from flask import Flask

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.websocket import WebSocketCodec
from qader_sse.realtime.streams.connection import Timeouts
from qader_sse.service import Service
from qader_sse.store import accounts
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import store_away, stored_frames, unannounced, wait_until
from tests.support.transports import TRANSPORTS, viewing

People = dict[str, int]

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)
PING = b"\x89\x00"
SHORT_TIMEOUTS = Timeouts(heartbeat_seconds=0.2, peer_timeout_seconds=0.5, retry_seconds=2)


@pytest.fixture
def duel(service: Service, people: People) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: People) -> Viewer:
    return Viewer(people["noura"], "ar")


def stored(service: Service, duel: Challenge, viewer: Viewer, cursor: int = 0) -> list[Any]:
    return [json.loads(f.data) for f in stored_frames(service, duel.id, viewer, cursor)]


def test_live_messages_are_those_of_the_log(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(seen.messages) == 41)
    assert seen.messages == stored(service, duel, viewer, 5)


@pytest.mark.parametrize("cursor", [0, 30, 45])
def test_who_comes_back_gets_what_it_missed(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, cursor: int
) -> None:
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, cursor)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 46 - cursor)
    assert seen.messages == stored(service, duel, viewer, cursor)
    assert seen.connection.sent == 46 - cursor


def test_more_than_a_page_comes_page_after_page(
    transport: str, service: Service, people: People, viewer: Viewer
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, 0)
    assert len(start.events) < start.head
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == start.head)
    assert seen.messages == stored(service, duel, viewer)


def test_a_snapshot_comes_first(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        service.challenges.answer(
            duel.id, viewer.user_id, duel.questions[0].id, "A", None, service.clock()
        )
        wait_until(lambda: len(seen.messages) == 3)
    kinds = [message["type"] for message in seen.messages]
    assert kinds == ["challenge.update", "answer.result", "participant.update"]


def test_what_was_not_announced_is_found_in_the_log(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            play_to_the_end(service, duel)
        gevent.idle()
        assert seen.messages == []
        service.hub.catch_up()
        wait_until(lambda: len(seen.messages) == 41)
    assert seen.messages == stored(service, duel, viewer, 5)


def test_a_quiet_stream_gives_signs_of_life(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WebSocketCodec, "heartbeat_seconds", 0.2)
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start, SHORT_TIMEOUTS) as seen:
        seen.read()
        if transport == "websocket":
            # This client answers no ping, so the second one is the end.
            wait_until(lambda: seen.is_ended)
            assert seen.received.startswith(PING)
            assert b"slow" in seen.received
        else:
            wait_until(lambda: seen.received.count(b": heartbeat\n\n") >= 3)
    assert seen.messages == []


@pytest.mark.parametrize("reason", ["draining", "signed_out"])
def test_a_stream_that_is_closed_says_why_and_gives_its_place_back(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, reason: Any
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: seen.messages)
        assert service.hub.open_streams == 1
        seen.connection.close(reason)
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert reason.encode() in seen.received
    wait_until(lambda: service.dispatcher.sockets == 0)


def test_a_session_that_ended_while_the_stream_was_opened_sees_nothing(
    transport: str, app: Flask, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    service.hub.catch_up()
    with service.database.transaction() as tx:
        token = accounts.open_session(tx.connection, viewer.user_id, service.clock())
    start = service.opener.challenge(duel.id, viewer, None)
    with service.database.transaction() as tx:
        accounts.end_sessions(tx, "signed_out", service.clock(), token=token)
    with viewing(transport, service, viewer, start, session_token=token) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert seen.messages == []
    assert b"signed_out" in seen.received


def test_a_stream_in_which_something_goes_wrong_is_cut_alone(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if transport == "pulled":
        return  # its greenlet is its server's
    start = service.opener.challenge(duel.id, viewer, 5)
    other = Viewer(people["khalid"], "en")
    with (
        viewing(transport, service, viewer, start) as broken,
        viewing("pushed", service, other, start) as whole,
    ):
        whole.read()
        monkeypatch.setattr(broken.connection.subscriptions[0], "recent", None)
        play_to_the_end(service, duel)
        wait_until(lambda: len(whole.messages) == 41)
        wait_until(lambda: service.hub.open_streams == 1)


def test_a_stream_ends_when_it_is_old(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(
        transport, service, viewer, start, SHORT_TIMEOUTS, ends_at=time.monotonic() + 0.3
    ) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
    assert b"max_age" in seen.received


def test_a_client_that_hangs_up_gives_its_place_back(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start, SHORT_TIMEOUTS) as seen:
        wait_until(lambda: service.hub.open_streams == 1)
        seen.hang_up()
        # Pulled, it shows at the next write; pushed, at once.
        wait_until(lambda: service.hub.open_streams == service.dispatcher.sockets == 0)


def test_a_reader_that_pauses_gets_every_message_whole(
    transport: str, service: Service, people: People, viewer: Viewer
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    start = service.opener.challenge(duel.id, viewer, None)
    other = Viewer(people["khalid"], "en")
    with (
        viewing(transport, service, viewer, start) as slow,
        viewing(transport, service, other, start) as quick,
    ):
        quick.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(quick.messages) == 82)
        assert slow.connection.sent < 82
        slow.read()
        wait_until(lambda: len(slow.messages) == 82)
    assert slow.messages[1:] == stored(service, duel, viewer, start.head)


def test_a_log_that_is_away_delays_and_loses_nothing(
    transport: str,
    service: Service,
    people: People,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, 0)

    with monkeypatch.context() as broken:
        broken.setattr(service.database, "autocommit", store_away)
        with viewing(transport, service, viewer, start) as seen:
            seen.read()
            wait_until(lambda: service.hub.counters["log_away"] > 0)
            assert len(seen.messages) <= len(start.events)
            broken.undo()
            wait_until(lambda: len(seen.messages) == start.head)
    assert seen.messages == stored(service, duel, viewer)
