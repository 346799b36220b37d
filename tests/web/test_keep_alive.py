"""When connections are closed that keep the server waiting.

The event loop is a fake, so that no test has to wait.
"""

import gc
import socket
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from qader_sse.web.streaming.keep_alive import Deadlines, KeepAlive

DEADLINES = Deadlines(idle=75.0, head=7.0, body=8.0, answer=9.0, bytes_per_second=100.0)


class FakeTimer:
    def __init__(self, seconds: float, callback: Callable[[], None]) -> None:
        self.seconds, self.callback = seconds, callback
        self.is_closed = False

    def stop(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


class FakeLoop:
    def __init__(self) -> None:
        self.timers: list[FakeTimer] = []
        self.watchers: list[FakeTimer] = []
        self.aborted: list[socket.socket] = []

    @property
    def running(self) -> list[float]:
        return [timer.seconds for timer in self.timers if not timer.is_closed]

    def call_later(self, seconds: float, callback: Callable[[], None]) -> FakeTimer:
        self.timers.append(FakeTimer(seconds, callback))
        return self.timers[-1]

    def when_readable(self, connection: socket.socket, callback: Callable[[], None]) -> FakeTimer:
        self.watchers.append(FakeTimer(0, callback))
        return self.watchers[-1]

    def stop_reading(self, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RD)

    def abort(self, connection: socket.socket) -> None:
        self.aborted.append(connection)


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def keep_alive(loop: FakeLoop) -> KeepAlive:
    return KeepAlive(DEADLINES, 4, loop)


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
    assert all(timer.is_closed for timer in [*loop.timers, *loop.watchers])


def test_each_part_of_a_request_has_a_deadline_of_its_own(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    keep_alive.add("key", sockets[0], of_proxy=True)
    kept = keep_alive.of("key")
    with kept:
        loop.watchers[-1].callback()
        assert loop.running == [7.0]
    assert loop.running == []
    kept.wait_for_body(200)
    assert loop.running == [10.0]
    kept.stop_waiting()
    assert loop.running == []
    kept.wait_for_reader(300)
    assert loop.running == [12.0]
    with kept:
        assert loop.running == [75.0]
    kept.wait_for_reader(0)
    keep_alive.remove("key")
    assert loop.running == []
    assert all(watcher.is_closed for watcher in loop.watchers)


def test_a_connection_that_is_over_waits_for_no_collection_of_garbage(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    keep_alive.add("key", sockets[0], of_proxy=True)
    kept = weakref.ref(keep_alive.of("key"))
    with keep_alive.of("key"):
        pass
    loop.timers.clear()
    loop.watchers.clear()
    gc.disable()
    try:
        keep_alive.remove("key")
        assert kept() is None
    finally:
        gc.enable()


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


def test_a_client_that_does_not_take_its_answer_is_aborted(
    keep_alive: KeepAlive, loop: FakeLoop, sockets: Sockets
) -> None:
    keep_alive.add("key", sockets[0], of_proxy=True)
    keep_alive.of("key").wait_for_reader(0)
    loop.timers[-1].callback()
    assert loop.aborted == [sockets[0]]


def test_when_connections_run_out_the_one_that_has_waited_for_the_longest_is_cut(
    keep_alive: KeepAlive, loop: FakeLoop
) -> None:
    pairs = [socket.socketpair() for _ in range(6)]
    for number, (near, _) in enumerate(pairs[:3]):
        keep_alive.add(number, near, of_proxy=False)
    keep_alive.of(0).wait_for_reader(0)
    keep_alive.of(1).wait_for_body(0)
    keep_alive.of(0).wait_for_body(0)  # 0 waits anew; 2 is being served
    ending = []
    for number, (near, _) in enumerate(pairs[3:], start=3):
        keep_alive.add(number, near, of_proxy=False)
        ending.append([other for other in range(number) if keep_alive.of(other).is_ending])
    assert ending == [[1], [0, 1], [0, 1]]
    assert loop.running == []
    for pair in pairs:
        for end in pair:
            end.close()


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
        loop.watchers[-1].callback()
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
