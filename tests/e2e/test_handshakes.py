"""Raw requests: which WebSocket handshakes are refused, and what may follow one in its segment."""

import socket
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from qader_client.rest import Api
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping

from cluster.local_server import LocalServer
from tests.support.exposition import value

Player = Callable[[int], Api]
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


def handshake(api: Api, key: str = KEY, version: str = "13", http: str = "1.1") -> bytes:
    return (
        f"GET /ws/challenges/notifications/ HTTP/{http}\r\nHost: x\r\n"
        f"Cookie: sessionid={api.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def answer(server: LocalServer, sent: bytes, until: bytes = b"\r\n\r\n") -> bytes:
    """Send bytes in one segment; return what comes, up to these bytes."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(sent)
        while until not in received and (data := connection.recv(4096)):
            received += data
    return received


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "AA=="},
        {"key": "AAAAAAAAAAAAAAAAAAAAAAAA"},
        {"key": "AAAAAAAAAAAAAAAAAAAA-_=="},
        {"version": "8"},
        {"version": "130"},
        {"http": "1.0"},
    ],
)
def test_a_handshake_that_is_not_right_is_refused_with_the_version_that_is_served(
    server: LocalServer, player: Player, wrong: dict[str, str]
) -> None:
    head = answer(server, handshake(player(1), **wrong))
    assert head.partition(b" ")[2].startswith(b"400 ")
    assert b"\r\nsec-websocket-version: 13\r\n" in head.lower()


def test_frames_in_the_segment_of_the_handshake_are_not_lost(
    server: LocalServer, player: Player
) -> None:
    client = Connection(ConnectionType.CLIENT)
    early = client.send(Ping(b"early"))
    received = answer(server, handshake(player(1)) + early, until=b"\x8a\x05early")
    assert received.startswith(b"HTTP/1.1 101 ")
    assert received.endswith(b"\x8a\x05early")


def test_a_refused_client_may_have_closed_already_in_the_segment_of_its_handshake(
    server: LocalServer,
) -> None:
    client = Connection(ConnectionType.CLIENT)
    early = client.send(CloseConnection(1000))
    received = answer(server, handshake(Api(server.base_url)) + early, until=b"no such bytes")
    assert received.startswith(b"HTTP/1.1 101 ")
    assert (4001).to_bytes(2, "big") in received


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /livez HTTP/1.1\r\n\r\n", b"400 "),
        (b"GET /livez HTTP/1.2\r\nHost: x\r\n\r\n", b"505 "),
        (b"GET /livez HTTP/1.0\r\n\r\n", b"200 "),
        (b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n", b"200 "),
    ],
)
def test_what_http_forbids_is_refused_in_a_version_that_is_known(
    server: LocalServer, request_head: bytes, status: bytes
) -> None:
    head = answer(server, request_head)
    assert head.startswith((b"HTTP/1.0 " if b"/1.0" in request_head else b"HTTP/1.1 ") + status)


def test_what_is_refused_before_flask_is_counted(server: LocalServer) -> None:
    def count() -> float:
        with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as scraped:
            return value(scraped.read().decode(), "qader_http_answers_total", status="505")

    before = count()
    assert answer(server, b"GET /livez HTTP/1.2\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 505 ")
    assert count() == before + 1
