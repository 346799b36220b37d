"""How streams end: by sign-out, a disabled account, a restart, their age, a reset, a limit."""

import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from qader_sse.service import Service
from qader_sse.store.session_cache import wait_until_ends_are_known
from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH
from tests.support.servers import MakeServer

Player = Callable[[int], Api]
NOTIFICATIONS = "/sse/challenges/notifications/"


def open_all_kinds(api: Api, challenge_id: int) -> tuple[list[SseWatcher], list[SocketWatcher]]:
    """Open both topics of a player over both transports."""
    streams = [PATH.format(challenge_id), NOTIFICATIONS]
    sockets = [f"/ws/challenges/{challenge_id}/", "/ws/challenges/notifications/"]
    opened = [SseWatcher(api, path).open() for path in streams]
    for stream in opened:
        stream.wait_until(lambda stream=stream: stream.control)  # type: ignore[misc]
    return opened, [SocketWatcher(api, path).open() for path in sockets]


def wait_for_end(streams: list[SseWatcher], sockets: list[SocketWatcher]) -> None:
    for stream in streams:
        stream.wait_until(lambda stream=stream: not stream.is_open)  # type: ignore[misc]
    for ws in sockets:
        ws.wait_until(lambda ws=ws: ws.close_code is not None)  # type: ignore[misc]
    for watcher in (*streams, *sockets):
        watcher.cut()


@pytest.mark.claim("C1", "C6", "A1")
def test_signing_out_ends_the_streams_of_that_session(server: LocalServer, player: Player) -> None:
    api, elsewhere = player(1), player(1)
    challenge_id = api.create("quick_quant_10", "player2").body["id"]
    streams, sockets = open_all_kinds(api, challenge_id)
    other = SseWatcher(elsewhere, PATH.format(challenge_id)).open()

    assert api.post("/api/v1/auth/logout/").status == 204

    wait_for_end(streams, sockets)
    for stream in streams:
        assert stream.control[-1]["state"] == "closing"
        assert stream.control[-1]["reason"] == "signed_out"
        assert stream.control[-1]["retry_ms"] > 0
    assert [ws.close_code for ws in sockets] == [4001, 4001]
    assert [ws.close_reason for ws in sockets] == ["signed_out", "signed_out"]
    assert other.is_open
    other.cut()
    assert SseWatcher(api, PATH.format(challenge_id)).open().status == 401


@pytest.mark.claim("C8")
def test_disabling_an_account_ends_its_streams_wherever_it_is_signed_in(
    server: LocalServer, player: Player
) -> None:
    """The command runs in another process, and without Redis nothing announces its event."""
    api = player(3)
    challenge_id = api.create("quick_quant_10", "player4").body["id"]
    streams, sockets = open_all_kinds(api, challenge_id)

    server.flask("users", "disable", "player3")

    wait_for_end(streams, sockets)
    assert [stream.control[-1]["reason"] for stream in streams] == ["disabled", "disabled"]
    assert [ws.close_code for ws in sockets] == [1008, 1008]
    assert api.get("/api/v1/users/me/").status == 401
    server.flask("users", "enable", "player3")


def test_an_event_written_by_another_process_arrives(
    server: LocalServer, player: Player, make_server: MakeServer
) -> None:
    """Without Redis nothing announces the event; the worker finds it when it catches up."""
    with make_server(MATCHMAKING_SECONDS="1", CATCH_UP_SECONDS="0.3", SWEEP_SECONDS="600") as own:
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        challenge_id = api.create("quick_quant_10").body["id"]
        watcher = SseWatcher(api, PATH.format(challenge_id)).open()
        wait_until(lambda: own.flask("sweep").startswith("1 challenge ended\n"))
        watcher.wait_until(lambda: watcher.ids == [1, 2])
        assert watcher.messages[-1].payload["status"] == "expired"
        watcher.cut()
        api.close()


@pytest.mark.claim("C2")
def test_a_restart_ends_every_stream_with_a_reason_and_loses_nothing(
    player: Player, make_server: MakeServer
) -> None:
    settings = {"RETRY_SECONDS": "0.5"}
    with make_server(**settings) as own:
        api, rival = (Api.signed_in(own.base_url, f"player{n}", PASSWORD) for n in (1, 2))
        challenge_id = api.create("quick_quant_10", "player2").body["id"]
        streams, sockets = open_all_kinds(api, challenge_id)
        api.close()
        rival.close()

        began = time.monotonic()
        own.stop(signal.SIGTERM)
        took = time.monotonic() - began

        wait_for_end(streams, sockets)
        assert {stream.control[-1]["reason"] for stream in streams} == {"draining"}
        assert {ws.close_code for ws in sockets} == {1012}
        # The drain ended the streams: gunicorn would cut them after graceful_timeout (25 s).
        assert took < 10
        own.start()
        rival.act(challenge_id, "accept")
        streams[0].open()
        streams[0].wait_until(lambda: streams[0].ids == [1, 2])
        assert streams[0].control[-1] == {"state": "open", "mode": "resumed", "after": 1, "head": 2}
        streams[0].cut()
        rival.close()


@pytest.mark.claim("C3")
def test_a_stream_ends_at_its_maximum_age_and_its_reconnection_is_authenticated_again(
    make_server: MakeServer,
) -> None:
    with make_server(MAX_AGE_SECONDS="1", HEARTBEAT_SECONDS="0.2") as own:
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        challenge_id = api.create("quick_quant_10", "player2").body["id"]
        streams, sockets = open_all_kinds(api, challenge_id)

        wait_for_end(streams, sockets)
        assert [stream.control[-1]["reason"] for stream in streams] == ["max_age", "max_age"]
        assert [(ws.close_code, ws.close_reason) for ws in sockets] == [(1012, "max_age")] * 2
        api.act(challenge_id, "ready")
        own.flask("users", "disable", "player1")
        wait_until_ends_are_known()
        assert streams[0].open().status == 401
        own.flask("users", "enable", "player1")
        back = Api.signed_in(own.base_url, "player1", PASSWORD)
        resumed = SseWatcher(back, PATH.format(challenge_id)).open(streams[0].last_event_id)
        resumed.wait_until(lambda: resumed.ids == [2])
        resumed.cut()
        for client in (api, back):
            client.close()


def test_clients_that_reset_before_the_first_byte_leave_no_stream_counted(
    make_server: MakeServer,
) -> None:
    with make_server(MAX_STREAMS="3") as own:
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        request = (
            f"GET {NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\nCookie: sessionid={api.cookie}\r\n\r\n"
        )
        address = urlsplit(own.base_url)
        for _ in range(50):
            with socket.create_connection((address.hostname, address.port)) as rude:
                rude.sendall(request.encode())
                # With a linger time of zero, closing sends a reset whatever the server has sent.
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: not _is_refused(api))
        assert "Traceback" not in own.log
        api.close()


@pytest.fixture
def browser_and_path(as_user: Callable[[str], FlaskClient]) -> tuple[FlaskClient, str]:
    client = as_user("noura")
    body = {"challenge_type": "quick_quant_10", "opponent_username": "khalid"}
    created = client.post("/api/v1/challenges/challenges/", json=body).json
    assert created is not None
    return client, PATH.format(created["id"])


def test_head_answers_with_the_headers_and_counts_as_no_stream(
    service: Service, browser_and_path: tuple[FlaskClient, str]
) -> None:
    client, path = browser_and_path
    response = client.head(path)
    assert response.status_code == 200
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.data == b""
    assert service.hub.open_streams == 0


def test_a_body_that_is_never_read_or_dropped_counts_as_no_stream(
    app: Flask, service: Service, browser_and_path: tuple[FlaskClient, str]
) -> None:
    client, path = browser_and_path
    never_read = client.get(path)
    never_read.close()
    assert service.hub.open_streams == 0

    dropped = client.get(path)
    chunks = iter(dropped.response)
    assert b"event: stream" in bytes(next(chunks))  # type: ignore[arg-type]  # bytes here
    assert b"challenge.update" in bytes(next(chunks))  # type: ignore[arg-type]
    assert service.hub.open_streams == 1
    dropped.close()
    assert service.hub.open_streams == 0


@pytest.mark.claim("C4", "C9", "C12", "C13")
def test_a_worker_at_its_limit_of_streams_refuses_on_a_200(
    player: Player, make_server: MakeServer
) -> None:
    """A native EventSource reconnects after a 200 only; any other status stops it for good."""
    with make_server(MAX_STREAMS="1") as own:
        api = Api.signed_in(own.base_url, "player1", PASSWORD)
        first = SseWatcher(api, "/sse/challenges/notifications/").open()
        first.wait_until(lambda: first.control)
        wait_until(lambda: _is_refused(api))
        ws = SocketWatcher(api, "/ws/challenges/notifications/").open()
        ws.wait_until(lambda: ws.close_code is not None)
        assert (ws.close_code, ws.close_reason) == (1013, "limit")
        for watcher in (first, ws):
            watcher.cut()
        api.close()


def _is_refused(api: Api) -> bool:
    watcher = SseWatcher(api, NOTIFICATIONS).open()
    assert watcher.status == 200
    # A refused stream gets its closing message at once; an admitted one gets none.
    with suppress(TimeoutError):
        watcher.wait_until(lambda: len(watcher.control) == 2, timeout=0.3)
    watcher.cut()
    return [control.get("reason") for control in watcher.control] == [None, "limit"]
