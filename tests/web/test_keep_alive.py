"""When idle connections are closed. The event loop is a fake, so that no test has to wait."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from qader_sse.web.streaming.keep_alive import KeepAlive


class FakeTimer:
    def __init__(self, seconds: float, callback: Callable[[], None]) -> None:
        self.seconds, self.callback = seconds, callback
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class FakeLoop:
    def __init__(self) -> None:
        self.timers: list[FakeTimer] = []

    def call_later(self, seconds: float, callback: Callable[[], None]) -> FakeTimer:
        self.timers.append(FakeTimer(seconds, callback))
        return self.timers[-1]

    def stop_reading(self, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RD)


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def keep_alive(loop: FakeLoop) -> KeepAlive:
    return KeepAlive(75.0, loop)


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's and the client's end of a connection."""
    near, far = socket.socketpair()
    with closing(near), closing(far):
        yield near, far


Sockets = tuple[socket.socket, socket.socket]


@pytest.mark.parametrize(("of_proxy", "seconds"), [(True, 75.0), (False, 5.0)])
def test_only_the_first_request_of_a_proxy_has_to_come_soon(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets, of_proxy: bool, seconds: float
) -> None:
    keep_alive.add("key", sockets[0], of_proxy=of_proxy)
    for _ in range(3):
        with keep_alive.of("key"):
            pass
    assert [timer.seconds for timer in loop.timers] == [5.0, seconds, seconds]
    assert all(timer.is_closed for timer in loop.timers)


def test_what_has_arrived_when_the_time_is_up_is_still_read_and_can_be_answered(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    near, far = sockets
    keep_alive.add("key", near, of_proxy=True)
    with keep_alive.of("key"):
        far.sendall(b"a request")
        loop.timers[-1].callback()
        assert (near.recv(100), near.recv(100)) == (b"a request", b"")
    assert keep_alive.of("key").is_ending
    near.sendall(b"an answer")
    assert far.recv(100) == b"an answer"


def test_all_connections_end_at_once_if_idle_and_later_if_busy(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    near, far = sockets
    keep_alive.add("idle", near, of_proxy=True)
    keep_alive.add("busy", far, of_proxy=True)
    with keep_alive.of("idle"):
        keep_alive.end_all()
        assert near.recv(100) == b""
    assert not keep_alive.of("busy").is_ending
    with keep_alive.of("busy"):
        assert loop.timers[-1].seconds == 1.0
    keep_alive.add("new", far, of_proxy=True)
    with keep_alive.of("new"):
        assert loop.timers[-1].seconds == 1.0


def test_a_connection_that_the_client_has_closed_can_be_ended(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    near, _ = sockets
    keep_alive.add("key", near, of_proxy=True)
    with keep_alive.of("key"):
        near.close()
        loop.timers[-1].callback()
    keep_alive.remove("key")
