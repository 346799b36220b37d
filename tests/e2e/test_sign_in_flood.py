"""Hundreds of sign-ins from one address do not keep an honest one from another address waiting."""

import json
import selectors
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD

SLOW_HASH = "scrypt:32768:8:1"
FLOOD = 300


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server whose hashes are as slow as in production, and may be waited for for very long."""
    with LocalServer(PASSWORD_HASH_METHOD=SLOW_HASH, PASSWORD_WAIT_SECONDS="600") as server:
        yield server


def sign_in(port: int, source: str, username: str, path: str = "login") -> socket.socket:
    """Send a sign-in from an address of this machine; the answer is not read."""
    connection = socket.create_connection(
        ("127.0.0.1", port), timeout=20, source_address=(source, 0)
    )
    body = json.dumps({"username": username, "password": PASSWORD})
    head = (
        f"POST /api/v1/auth/{path}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall((head + body).encode())
    return connection


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.timeout(60)
def test_an_honest_sign_in_is_served_before_the_backlog_of_a_flood(server: LocalServer) -> None:
    with sign_in(server.port, "127.0.0.2", "honest", "register") as registered:
        assert status(registered.recv(4096)) == 201
    with ExitStack() as connections, selectors.DefaultSelector() as selector:
        for _ in range(FLOOD):
            flooding = connections.enter_context(sign_in(server.port, "127.0.0.1", "nobody"))
            selector.register(flooding, selectors.EVENT_READ)
        with sign_in(server.port, "127.0.0.2", "honest") as honest:
            assert status(honest.recv(4096)) == 200
        answered = [key.fileobj for key, _ in selector.select(timeout=0)]
        # In one queue, all of the flood would have been answered before.
        assert len(answered) < FLOOD / 2
        for connection in answered:
            assert isinstance(connection, socket.socket)
            assert status(connection.recv(4096)) == 401
