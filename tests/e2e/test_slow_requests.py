"""Clients that keep the server waiting are cut, and do not take the connections from quick ones."""

import http.client
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.servers import MakeServer

Player = Callable[[int], Api]

ROOM = 60
SLOW_HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "
SLOW_BODY = b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n{"
SLOW_CHUNKS = (
    b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"
)
TOO_LONG = b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n{"
QUICK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server with few connections, and with deadlines of a second."""
    settings = {
        **dict.fromkeys(("HEAD_SECONDS", "BODY_SECONDS", "ANSWER_SECONDS"), "1"),
        "SLOWEST_BYTES_PER_SECOND": "1000000",
        "GUNICORN_CMD_ARGS": f"--worker-connections {ROOM}",
    }
    with make_server(**settings) as server:
        yield server


class Slow:
    """A connection that sends something, and then a byte whenever it is asked to."""

    def __init__(self, port: int, begin: bytes) -> None:
        self.received = b""
        self.is_cut = False
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.sendall(begin)

    def go_on(self) -> None:
        try:
            self.socket.sendall(b"x")
        except OSError:
            self.is_cut = True

    def read(self) -> None:
        try:
            data = self.socket.recv(4096)
        except OSError:
            data = b""
        self.received += data
        self.is_cut = self.is_cut or not data


def go_on_until_cut(slow: Sequence[Slow]) -> None:
    """Send a byte on each, five times a second, until all are cut."""

    def step() -> bool:
        with selectors.DefaultSelector() as selector:
            for each in slow:
                if not each.is_cut:
                    each.go_on()
                    selector.register(each.socket, selectors.EVENT_READ, each)
            if selector.get_map():
                for key, _ in selector.select(timeout=0.2):
                    key.data.read()
        return all(each.is_cut for each in slow)

    wait_until(step, timeout=20)


def is_alive(server: LocalServer) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/livez")
    try:
        return connection.getresponse().status == 200
    finally:
        connection.close()


@pytest.mark.claim("R14")
@pytest.mark.parametrize(
    ("begin", "answer"),
    [
        (SLOW_HEAD, b""),
        (QUICK + SLOW_HEAD, b"HTTP/1.1 200 "),
        (SLOW_BODY, b"HTTP/1.1 408 "),
        (SLOW_CHUNKS, b"HTTP/1.1 408 "),
        (TOO_LONG, b"HTTP/1.1 413 "),
    ],
)
def test_a_request_that_never_gets_complete_is_cut_however_steadily_it_comes(
    server: LocalServer, begin: bytes, answer: bytes
) -> None:
    slow = [Slow(server.port, begin) for _ in range(20)]
    go_on_until_cut(slow)
    assert all(each.received.startswith(answer) for each in slow if each.received)
    assert answer == b"" or any(each.received for each in slow)
    for each in slow:
        each.socket.close()
    assert "Traceback" not in server.log


def test_a_client_that_does_not_take_its_answers_is_cut(server: LocalServer) -> None:
    """The kernel takes some megabytes of answers; what follows waits for the client."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(20)
    reader.connect(("127.0.0.1", server.port))
    asks = b"GET /openapi/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 300
    reader.sendall(asks)
    time.sleep(0.1)

    def is_reset() -> bool:
        return reader.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    wait_until(is_reset, timeout=20)
    reader.close()
    assert "Traceback" not in server.log


def test_quick_clients_get_in_and_streams_stay_while_slow_ones_take_all_connections(
    server: LocalServer, player: Player
) -> None:
    stream = SseWatcher(player(1), "/sse/challenges/notifications/").open()
    with ExitStack() as connections:
        for number in range(5 * ROOM):
            slow = Slow(server.port, (SLOW_HEAD, SLOW_BODY)[number % 2])
            connections.enter_context(slow.socket)
            if number % ROOM == 0:
                assert is_alive(server)
        assert is_alive(server)
    assert stream.is_open
    assert "connections run out: the slowest are cut" in server.log


def test_an_idle_connection_of_a_proxy_outlives_the_timeout_of_silent_clients(
    make_server: MakeServer,
) -> None:
    with make_server(PEER_TIMEOUT_SECONDS="0.5") as own:
        proxy = http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)
        proxy.connect()
        first = proxy.sock
        for _ in range(2):
            proxy.request("GET", "/livez")
            assert proxy.getresponse().read()
            time.sleep(1)
        assert proxy.sock is first
        proxy.close()
