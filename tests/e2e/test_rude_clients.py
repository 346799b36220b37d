"""Requests that break HTTP get a clear answer where one is possible, and leave no traceback."""

import json
import socket
import sqlite3
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer

Player = Callable[[int], Api]
POST = "POST /api/v1/auth/login/ HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
HANDSHAKE = (
    "GET /ws/challenges/notifications/ HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture(autouse=True)
def no_traceback(server: LocalServer) -> Iterator[None]:
    yield
    assert "Traceback" not in server.log


def send(server: LocalServer, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    return answer


@pytest.mark.parametrize("body", ["zz\r\nabc", "2\r\n{}XX0\r\n\r\n", "5\r\n{"])
def test_malformed_chunks_are_a_bad_request(server: LocalServer, body: str) -> None:
    answer = send(server, f"{POST}Transfer-Encoding: chunked\r\n\r\n{body}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) <= {"detail", "username", "password"}


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /sse/stream/?ticket={} HTTP/9.9\r\nHost: h\r\n\r\n",
        "GET /sse/stream/?ticket={} HTTP/1.1 x\r\nHost: h\r\n\r\n",
        "{} / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nCookie sessionid={}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nCookie {}: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nCookie: sessionid={}\x00\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nCookie: a\r\n sessionid={}\r\n\r\n",
        POST + "Transfer-Encoding: {}\r\n\r\n",
        POST + "Transfer-Encoding: chunked\r\n\r\n{}\r\n",
        POST + "Expect: {}\r\n\r\n",
    ],
)
def test_the_log_does_not_quote_what_it_cannot_read(server: LocalServer, request_text: str) -> None:
    before = len(server.log)
    answer = send(server, request_text.format("S3cretTicket"))
    assert b" 40" in answer[:12] or b" 50" in answer[:12] or b" 417" in answer[:13]
    assert "S3cretTicket" not in server.log
    assert len(server.log) > before


@pytest.mark.claim("R14")
@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
        (f"GET /{'a' * 5000} HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: h\r\nX-Long: {'a' * 8200}\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: h\r\n" + "X: a\r\n" * 101 + "\r\n", 431),
    ],
)
def test_what_cannot_be_read_is_refused_by_a_page_of_the_web_server(
    server: LocalServer, request_text: str, status: int
) -> None:
    head, _, page = send(server, request_text).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert page.startswith(b"<html>")


@pytest.mark.claim("R14")
def test_another_version_of_http_is_refused_in_json(server: LocalServer) -> None:
    head, _, body = send(server, "GET / HTTP/1.2\r\nHost: h\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 505 ")
    assert set(json.loads(body)) == {"detail"}


def test_a_body_that_ends_early_is_a_bad_request(server: LocalServer) -> None:
    assert send(server, POST + "Content-Length: 500\r\n\r\n{").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("request_text", [HANDSHAKE, POST + "Content-Length: 9999999\r\n\r\nx"])
def test_a_client_that_resets_in_the_middle_leaves_no_traceback(
    server: LocalServer, player: Player, request_text: str
) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as rude:
            rude.sendall(request_text.encode())
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert player(1).get("/api/v1/users/me/").status == 200


def test_the_next_page_has_the_filters_of_this_one(player: Player) -> None:
    api = player(1)
    for kind in ("quick_quant_10", "medium_verbal_15"):
        api.create(kind, "player2")
    page = api.get("/api/v1/challenges/challenges/?page_size=1&status=pending_invite")
    assert page.status == 200
    second = api.get(page.body["next"].removeprefix(api.base_url))
    assert (second.status, second.body["count"]) == (200, page.body["count"])
    assert second.body["results"][0]["id"] < page.body["results"][0]["id"]


def test_parameters_that_mean_something_to_flasks_url_for_are_unknown(player: Player) -> None:
    """They once led to a 500."""
    query = "page_size=1&endpoint=x&_external=1&_method=DELETE&_anchor=z"
    refused = player(1).get(f"/api/v1/challenges/challenges/?{query}")
    assert refused.status == 400
    assert set(refused.body) == {"endpoint", "_external", "_method", "_anchor"}


@pytest.mark.claim("R6")
@pytest.mark.timeout(60)
def test_a_database_locked_by_another_program_is_a_503_with_retry_after(
    server: LocalServer, player: Player
) -> None:
    api = player(3)
    (path,) = Path(server.log_path).parent.glob("*.sqlite3")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    refused = api.create("quick_quant_10", "player4")

    other.execute("ROLLBACK")
    other.close()
    assert refused.status == 503
    assert refused.headers["Retry-After"] == "2"
    assert refused.body["detail"].startswith("The service is busy.")
    assert api.create("quick_quant_10", "player4").status == 201
