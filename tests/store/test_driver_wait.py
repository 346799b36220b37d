"""Waits for a socket in the event loop: each has the whole limit, and none takes longer."""

import socket
import time
from collections.abc import Iterator

import gevent
import psycopg
import pytest
from psycopg.abc import PQGen
from psycopg.waiting import Wait

from qader_sse.store.driver_wait import DriverWait

SECONDS = 1.5  # long enough for a machine that is busy for a moment


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        yield near, far


def received(near: socket.socket, count: int) -> PQGen[bytes]:
    """Receive a byte so often, as psycopg's steps do: they yield what they wait for."""
    data = b""
    for _ in range(count):
        yield Wait.R
        data += near.recv(1)
    return data


def test_each_wait_has_the_whole_limit(sockets: tuple[socket.socket, socket.socket]) -> None:
    near, far = sockets
    wait = DriverWait(near.fileno(), SECONDS)
    for _ in range(5):
        gevent.spawn_later(SECONDS / 4, far.send, b"x")
        assert wait.run(received(near, 1)) == b"x"


def test_all_waits_for_one_answer_have_one_limit(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    near, far = sockets

    def send() -> None:
        # Not by `spawn_later`, which counts from when the loop turned last.
        for _ in range(40):
            gevent.sleep(SECONDS / 4)
            far.send(b"x")

    sending = gevent.spawn(send)
    began_at = time.monotonic()
    with pytest.raises(psycopg.OperationalError, match="no answer"):
        DriverWait(near.fileno(), SECONDS).run(received(near, 40))
    assert SECONDS * 0.9 < time.monotonic() - began_at < SECONDS * 8
    sending.kill()


def test_what_needs_no_wait_is_returned_at_once(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    assert DriverWait(sockets[0].fileno(), SECONDS).run(received(sockets[0], 0)) == b""
