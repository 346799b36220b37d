"""The load client counts what arrives, and detects lost, doubled and disordered messages."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Self

import pytest

from bench.contender import CODE, MARK, SEQ
from bench.load_client.client import ClientFailed, Load, Plan, Target, run
from qader_sse.realtime.bus.signatures import Signer

pytestmark = pytest.mark.programs  # a compiler builds the load client

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
SIGNER = Signer("a secret")
Spoil = Callable[[list[bytes]], list[bytes]]


class Relay:
    """A server that forwards what is published to its streams, changed by `spoil`."""

    def __init__(self, streams: int, spoil: Spoil, head: bytes) -> None:
        self._streams, self._spoil, self._head = streams, spoil, head
        self._to_viewers = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._to_publisher = socket.create_server(("127.0.0.1", 0))
        self._open: list[tuple[int, socket.socket]] = []
        self._thread = Thread(target=self._serve, daemon=True)

    def plan(self, topics: int, template: bytes = b"{%b %b}" % (SEQ, MARK)) -> Plan:
        """Plan streams that are spread over the topics."""
        return Plan(
            self._to_viewers.getsockname()[1],
            [
                (n % topics, b"GET /%d HTTP/1.1\r\n\r\n" % (n % topics))
                for n in range(self._streams)
            ],
            [Target(f"to-{n}", template) for n in range(topics)],
            publish_port=self._to_publisher.getsockname()[1],
            signing_key=SIGNER.key,
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.join(10)
        viewers = [viewer for _, viewer in self._open]
        for opened in (self._to_viewers, self._to_publisher, *viewers):
            opened.close()

    def _serve(self) -> None:
        for _ in range(self._streams):
            viewer, _ = self._to_viewers.accept()
            topic = int(re.findall(rb"GET /(\d+) ", viewer.recv(1000))[0])
            self._open.append((topic, viewer))
            viewer.sendall(self._head)
        if not self._head.startswith(b"HTTP/1.1 200"):
            return
        publisher, _ = self._to_publisher.accept()
        with publisher:
            self._relay(publisher)

    def _relay(self, publisher: socket.socket) -> None:
        unread, messages = b"", list[bytes]()
        while data := publisher.recv(65536):
            unread += data
            *whole, unread = unread.split(b"}\r\n")
            messages += whole
            publisher.sendall(b":1\r\n" * len(whole))
            for message in self._spoil(messages):
                self._forward(message)

    def _forward(self, message: bytes) -> None:
        wanted = int(re.findall(rb"to-(\d+)", message)[0])
        for topic, viewer in self._open:
            if topic == wanted:
                # In two pieces, so that marks are cut in the middle.
                cut = len(message) - 5
                viewer.sendall(b"data: " + message[:cut])
                viewer.sendall(message[cut:] + b"}\n\n")


@contextmanager
def relay(streams: int, spoil: Spoil, head: bytes = HEAD) -> Iterator[Relay]:
    with Relay(streams, spoil, head) as server:
        yield server


def all_of(messages: list[bytes]) -> list[bytes]:
    taken, messages[:] = messages[:], []
    return taken


def once(number: int, change: Callable[[bytes, bytes], list[bytes]]) -> Spoil:
    """Return a `spoil` that changes the message of this number and the one after it."""

    def spoil(messages: list[bytes]) -> list[bytes]:
        found = [at for at, m in enumerate(messages) if b"{%d <" % number in m]
        if not found:
            return all_of(messages)
        if found[0] + 1 == len(messages):
            return []
        at = found[0]
        messages[at : at + 2] = change(*messages[at : at + 2])
        return all_of(messages)

    return spoil


def test_it_counts_what_arrives_on_every_stream():
    with relay(20, all_of) as server:
        result = run(server.plan(topics=10), Load(0.3, rate=200, settle=0))

    assert (result.opened, result.published) == (20, 60)
    assert (result.received, result.wrong) == (120, 0)
    assert 0 < result.p50_ms <= result.p99_ms <= result.max_ms < 1000


def test_it_keeps_the_window_of_messages_under_way():
    with relay(4, all_of) as server:
        result = run(server.plan(topics=2), Load(0.3, window=8, warm_up=0.1, settle=0))

    assert result.wrong == 0
    assert result.published > 100
    assert 0 < result.delivered <= result.received == 2 * result.published


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one, two: [two], (2, 0, 0)),
        (lambda one, two: [one, one, two], (0, 2, 0)),
        (lambda one, two: [two, one], (0, 0, 2)),
    ],
    ids=["lost", "doubled", "disordered"],
)
def test_it_detects_a_message_that_is_lost_doubled_or_late(change, expected):
    with relay(2, once(5, change)) as server:
        result = run(server.plan(topics=1), Load(0.3, rate=100, settle=0))

    assert (result.lost, result.doubled, result.disordered) == expected


def test_it_continues_after_a_lost_message():
    with relay(2, once(5, lambda one, two: [two])) as server:
        result = run(server.plan(topics=1), Load(2.5, window=2, settle=0))

    assert result.lost == 2
    assert result.published > 10


@pytest.mark.parametrize("size", [0, 80, 95, 96, 97, 127, 128, 129, 500])
def test_it_signs_as_the_service_does(size: int) -> None:
    """The sizes are those around a whole block of what is signed."""
    seen: list[bytes] = []

    def look(messages: list[bytes]) -> list[bytes]:
        seen.extend(messages)
        return all_of(messages)

    template = b"%b.{%b %b%b}" % (CODE, SEQ, MARK, b"x" * size)
    with relay(1, look) as server:
        run(server.plan(1, template), Load(0.05, rate=100, settle=0))

    assert len(seen) > 1
    for message in seen:
        assert SIGNER.content(message.rpartition(b"\r\n")[2] + b"}") is not None


def test_a_refused_stream_is_an_error():
    head = b"HTTP/1.1 503 Service Unavailable\r\n\r\n"
    with (
        relay(1, all_of, head) as server,
        pytest.raises(ClientFailed, match=r"refused.*503"),
    ):
        run(server.plan(topics=1), Load(0.1, rate=10))
