"""How streams end, and heartbeats before that: the same tests for all transports."""

import gc
import time
from contextlib import suppress
from typing import Any
from weakref import ref

import gevent
import pytest
from flask import Flask

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.service import Service
from qader_sse.store import sessions
from qader_sse.store.secret_tokens import hashed
from qader_sse.web.streaming.websocket_commands import WebSocketCommands
from tests.support.duel import play_to_the_end
from tests.support.streams import SHORT_TIMEOUTS, wait_until
from tests.support.transports import SOCKET_TRANSPORTS, SSE_TRANSPORTS, TRANSPORTS, viewing

People = dict[str, int]

PING = b"\x89\x00"

every_transport = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.mark.claim("C15")
@pytest.mark.parametrize("transport", SSE_TRANSPORTS)
def test_a_quiet_stream_sends_heartbeats(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start, SHORT_TIMEOUTS) as seen:
        seen.read()
        wait_until(lambda: seen.received.count(b": heartbeat\n") >= 3)
    assert seen.messages == []


@pytest.mark.claim("C15")
def test_a_websocket_that_answers_no_ping_is_closed_at_the_next_one(
    service: Service, duel: Challenge, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WebSocketCodec, "heartbeat_seconds", 0.2)
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing("websocket", service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
    assert seen.received.startswith(PING)
    assert b"slow" in seen.received
    assert seen.messages == []


def test_of_a_websocket_that_has_ended_nothing_waits_for_a_collection_of_garbage(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    """What is old is looked at after millions of new objects only."""

    class Commands(WebSocketCommands):
        """Without slots, so that a weak reference knows it."""

    commands = Commands(service, viewer, duel.id)
    known = ref(commands)
    start = service.opener.challenge(duel.id, viewer, 5)
    gc.disable()
    try:
        with viewing("websocket", service, viewer, start) as seen:
            assert isinstance(seen.stream, SocketStream)
            commands.stream, seen.stream.codec = seen.stream, WebSocketCodec(commands)
        del commands, seen
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.claim("C5", "C10")
@every_transport
@pytest.mark.parametrize("reason", ["draining", "signed_out"])
def test_a_stream_that_is_closed_says_why_and_is_detached(
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


@every_transport
def test_a_session_that_ends_while_its_stream_opens_gets_no_message(
    transport: str, app: Flask, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    service.hub.ended_sessions.catch_up()
    with service.database.transaction() as tx:
        session_id = hashed(sessions.open_new(tx.connection, viewer.user_id, service.clock()))
    start = service.opener.challenge(duel.id, viewer, None)
    with service.database.transaction() as tx:
        sessions.end(tx, "signed_out", service.clock(), session_id)
    with viewing(transport, service, viewer, start, session_id=session_id) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert seen.messages == []
    assert b"signed_out" in seen.received


@pytest.mark.parametrize("transport", SOCKET_TRANSPORTS)
def test_a_stream_that_fails_is_cut_and_the_others_go_on(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    other = Viewer(people["khalid"], "en")
    with (
        viewing(transport, service, viewer, start) as broken,
        viewing("socket", service, other, start) as whole,
    ):
        whole.read()
        monkeypatch.setattr(broken.connection.subscriptions[0], "viewer", None)
        first = duel.questions[0]
        service.challenges.answer(
            duel.id, viewer.user_id, first.id, first.correct_answer, None, service.clock()
        )
        wait_until(lambda: len(whole.messages) == 2)
        wait_until(lambda: service.hub.open_streams == 1)
        play_to_the_end(service, duel)
        wait_until(lambda: len(whole.messages) == 41)


@pytest.mark.claim("C19")
@pytest.mark.parametrize("transport", SSE_TRANSPORTS[1:])
def test_a_client_that_keeps_sending_into_its_event_stream_is_cut(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        sent = 0
        with suppress(OSError):
            while sent < 10_000_000:
                sent += seen.send(b"x" * 16_384)
                gevent.idle()
        assert service.hub.open_streams == 0
    assert 64 * 1024 < sent < 1_000_000
    assert "a client that keeps sending into its event stream is cut" in caplog.messages


@every_transport
def test_a_stream_is_closed_at_its_maximum_age(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(
        transport, service, viewer, start, SHORT_TIMEOUTS, ends_at=time.monotonic() + 0.3
    ) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
    assert b"max_age" in seen.received


@every_transport
def test_a_stream_is_closed_when_its_session_runs_out(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    ends_at = time.monotonic() + 0.3
    end: dict[str, Any] = {"ends_at": ends_at, "ends_because": "signed_out"}
    with viewing(transport, service, viewer, start, **end) as seen:
        seen.read()
        wait_until(lambda: b"signed_out" in seen.received)
        assert ends_at <= time.monotonic() < ends_at + 1
        wait_until(lambda: seen.is_ended)


@pytest.mark.claim("C18")
@every_transport
def test_a_stream_is_detached_when_its_client_hangs_up(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start, SHORT_TIMEOUTS) as seen:
        wait_until(lambda: service.hub.open_streams == 1)
        seen.hang_up()
        # A WSGI stream notices at its next write, a socket stream at once.
        wait_until(lambda: service.hub.open_streams == service.dispatcher.sockets == 0)
