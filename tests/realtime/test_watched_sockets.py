"""Sockets that share one watcher of the event loop."""

import gc
import os
import socket
from collections.abc import Iterator

import gevent
import pytest

from qader_sse.realtime.streams import gevent_adapter
from qader_sse.realtime.streams.watched_sockets import WatchedSockets
from tests.support.streams import wait_until

_FULL = b"x" * 4_000_000


class Pair:
    """A watched socket, which notes what it is told, and its client."""

    def __init__(self, watched: WatchedSockets) -> None:
        near, far = socket.socketpair()
        self.watched, self.client = watched, far
        self.socket = gevent_adapter.detach(near)
        self.read: list[bytes] = []
        self.had_input = 0
        self.had_space = 0
        self.closes: Pair | None = None  # when it is told of something to read
        watched.add(self)

    def when_readable(self) -> None:
        self.had_input += 1
        self.read.append(self.socket.recv(100))
        if not self.read[-1]:
            self.close()
        if self.closes is not None:
            self.closes.close()

    def when_writable(self) -> None:
        self.had_space += 1
        self.watched.stop_awaiting_space(self)

    def fill(self) -> None:
        self.socket.send(_FULL)
        self.watched.await_space(self)

    def close(self) -> None:
        self.watched.remove(self)
        self.socket.close()


@pytest.fixture(params=[True, False], ids=["epoll", "poll"])
def watched(request: pytest.FixtureRequest) -> WatchedSockets:
    """Return that of Linux, and that of other systems, which works here too."""
    return WatchedSockets(has_epoll=request.param)


@pytest.fixture
def pairs(watched: WatchedSockets) -> Iterator[list[Pair]]:
    made = [Pair(watched) for _ in range(3)]
    yield made
    for pair in made:
        pair.close()
        pair.client.close()


def test_each_is_told_of_its_own_client_and_of_its_end(pairs: list[Pair]) -> None:
    for number, pair in enumerate(pairs):
        pair.client.sendall(b"%d" % number)
    wait_until(lambda: all(pair.read for pair in pairs))
    assert [pair.read for pair in pairs] == [[b"0"], [b"1"], [b"2"]]
    pairs[1].client.close()
    wait_until(lambda: pairs[1].read[-1] == b"")
    assert [pair.read for pair in (pairs[0], pairs[2])] == [[b"0"], [b"2"]]


def test_only_who_waits_for_space_is_told_of_it_and_still_reads(pairs: list[Pair]) -> None:
    waiting, other, _ = pairs
    waiting.fill()
    waiting.client.sendall(b"!")
    wait_until(lambda: waiting.read == [b"!"])
    gevent.idle()
    assert waiting.had_space == 0
    while len(waiting.client.recv(1_000_000)) == 1_000_000:
        pass
    wait_until(lambda: waiting.had_space > 0)
    gevent.idle()
    assert (waiting.had_space, other.had_space) == (1, 0)


def test_who_is_closed_by_another_in_the_same_turn_is_told_nothing(pairs: list[Pair]) -> None:
    first, second, _ = pairs
    first.closes, second.closes = second, first
    first.client.sendall(b"!")
    second.client.sendall(b"!")
    wait_until(lambda: first.had_input or second.had_input)
    gevent.idle()
    assert first.had_input + second.had_input == 1


def test_more_than_one_turn_holds_are_all_told(watched: WatchedSockets) -> None:
    many = [Pair(watched) for _ in range(450)]
    for pair in many:
        pair.client.sendall(b"!")
    wait_until(lambda: all(pair.read for pair in many))
    assert all(pair.read == [b"!"] for pair in many)
    for pair in many:
        pair.close()
        pair.client.close()


def test_without_sockets_it_has_no_descriptor_of_its_own() -> None:
    watched = WatchedSockets(has_epoll=True)

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    gevent.idle()  # which makes the event loop, whose own descriptors are not counted
    gc.collect()  # or what earlier tests have left might be closed in between
    before = descriptors()
    for _ in range(2):
        pair = Pair(watched)
        assert descriptors() == before + 3  # the two ends, and one for all sockets
        pair.close()
        pair.close()  # as of a stream that fails before it is watched
        pair.client.close()
        assert descriptors() == before
