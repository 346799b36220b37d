"""With TLS in gunicorn, SSE is a WSGI stream and WebSockets are relayed: the messages are the same."""

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from socket import create_connection as connect

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.http_duels import PATH, answer_all, violations_in
from tests.support.tls import TlsServer
from tests.support.topics import TopicsWatcher

Players = tuple[Api, Api]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    settings = {"PASSWORD_HASH_METHOD": QUICK_HASH, "MAX_STREAMS": "3000"}
    with TlsServer(tmp_path, **settings) as server:
        server.flask("users", "seed", "--count", "2", "--prefix", "player", "--password", PASSWORD)
        yield server


@pytest.fixture
def players(server: TlsServer) -> Iterator[Players]:
    first, second = (Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in (1, 2))
    yield first, second
    first.close()
    second.close()


def test_a_duel_is_the_same_on_both_transports(server: TlsServer, players: Players) -> None:
    created = players[0].create("quick_quant_10", "player2").body
    streams = [
        SseWatcher(api, PATH.format(created["id"])).open(last_event_id="0") for api in players
    ]
    sockets = [
        SocketWatcher(api, f"/ws/challenges/{created['id']}/").open(last_event_id=0)
        for api in players
    ]
    players[1].act(created["id"], "accept")
    for socket in sockets:
        socket.send({"type": "mark_ready"})
        socket.wait_until(lambda socket=socket: socket.replies)  # type: ignore[misc]
    answer_all(players, players[0].detail(created["id"]), random.Random(1))
    for api, stream, socket in zip(players, streams, sockets, strict=True):
        for watcher in (stream, socket):
            watcher.wait_for("challenge.end")
        assert stream.messages == socket.messages
        assert violations_in(api, stream) == []
    for stream in streams:
        stream.cut()
    for socket in sockets:
        socket.cut()
    wait_until(lambda: server.log.count("stream closed transport=websocket") == 2)
    assert server.log.count("streams are not handed over") == 1
    assert "server: gunicorn itself speaks TLS" in server.log
    assert "Traceback" not in server.log


def test_a_restart_ends_every_stream_with_a_reason(server: TlsServer, players: Players) -> None:
    created = players[0].create("quick_quant_10", "player2").body
    stream = SseWatcher(players[0], PATH.format(created["id"])).open()
    socket = SocketWatcher(players[0], f"/ws/challenges/{created['id']}/").open()
    for watcher in (stream, socket):
        watcher.wait_for("challenge.update")
    for api in players:
        api.close()
    server.stop(signal.SIGTERM)
    stream.wait_until(lambda: not stream.is_open)
    socket.wait_until(lambda: socket.close_code is not None)
    assert stream.control[-1]["reason"] == "draining"
    assert (socket.close_code, socket.close_reason) == (1012, "draining")
    for watcher in (stream, socket):
        watcher.cut()


def test_several_topics_are_one_wsgi_stream(server: TlsServer, players: Players) -> None:
    created = players[0].create("quick_quant_10", "player2").body
    name = f"challenges/{created['id']}"
    watcher = TopicsWatcher(players[0], [name, "notifications"]).open(f"{created['id']}.0_n.0")
    players[1].act(created["id"], "accept")
    watcher.wait_until(lambda: len(watcher.messages) == 3)
    watcher.cut()
    for api in players:
        api.act(created["id"], "ready")
    watcher.open()
    answer_all(players, players[0].detail(created["id"]), random.Random(2))
    watcher.wait_for("challenge.end")
    assert watcher.numbers(name) == list(range(1, 47))
    assert watcher.numbers("notifications") == [1]
    assert players[0].post("/api/v1/auth/logout/").status == 204
    watcher.wait_until(lambda: not watcher.is_open)
    assert watcher.control[-1]["reason"] == "signed_out"
    watcher.cut()


def test_more_streams_than_connections_are_refused_at_the_start(tmp_path: Path) -> None:
    server = TlsServer(tmp_path, MAX_STREAMS="4000")
    server.flask("set-up")
    with pytest.raises(Exception, match="with TLS in gunicorn, MAX_STREAMS must stay below"):
        server.start()
    server.stop()


def test_a_refused_socket_gets_its_close_code(server: TlsServer) -> None:
    for messages in range(6):
        socket = SocketWatcher(Api(server.base_url), "/ws/challenges/notifications/").open()
        with suppress(ConnectionError):  # the close frame was there first
            for _ in range(messages):
                socket.send({"type": "mark_ready"})
        socket.wait_until(lambda socket=socket: socket.close_code is not None)  # type: ignore[misc]
        socket.cut()
        assert socket.close_code == 4001


def test_clients_that_make_no_handshake_do_not_take_the_connections(tmp_path: Path) -> None:
    server = TlsServer(tmp_path, connections="20", HEAD_SECONDS="2", MAX_STREAMS="3")
    with server, closing(Api(server.base_url)) as api, ExitStack() as kept:
        silent = [
            kept.enter_context(connect(("127.0.0.1", server.tls_port), timeout=10))
            for _ in range(30)
        ]
        assert api.get("/livez").status == 200  # the slowest were cut
        plain = kept.enter_context(connect(("127.0.0.1", server.tls_port), timeout=10))
        plain.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        for each in (*silent, plain):
            with suppress(ConnectionResetError):
                while each.recv(100):  # an alert of TLS
                    pass
    assert "a greenlet failed" not in server.log
