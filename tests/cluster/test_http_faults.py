"""The proxy makes faults that need knowledge of HTTP, or concern only some connections."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPResponse

import pytest

from cluster.fault_proxy.handle import FaultProxy
from cluster.waiting import wait_until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
PIECE, PIECES = b"data: " + b"x" * 92 + b"\n\n", 50
REST, STREAM = "/api/", "/sse/challenges/1/"

Ask = Callable[..., HTTPResponse]
# How long an answer is awaited where silence is the right one.
SILENCE = 1.0

pytestmark = pytest.mark.programs


class _Handler(socketserver.BaseRequestHandler):
    """Answers /sse/ with fifty pieces; the second and later ones wait for `goes_on`."""

    server: "Upstream"

    def handle(self) -> None:
        with suppress(ConnectionError):
            while request := self.request.recv(65536):
                if b" /sse/" not in request:
                    self.request.sendall(HEAD % (b"text/plain", 2) + b"ok")
                    continue
                length = len(PIECE) * PIECES
                self.request.sendall(HEAD % (b"text/event-stream", length) + PIECE)
                self.server.goes_on.wait(20)
                for _ in range(PIECES - 1):
                    self.request.sendall(PIECE)


class Upstream(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.goes_on = threading.Event()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[FaultProxy]:
    with FaultProxy(int(upstream.server_address[1])) as proxy:
        yield proxy


@pytest.fixture
def ask(proxy: FaultProxy) -> Iterator[Ask]:
    with ExitStack() as opened:

        def get(path: str, seconds: float = 30) -> HTTPResponse:
            connection = HTTPConnection("127.0.0.1", proxy.port, timeout=seconds)
            opened.callback(connection.close)
            connection.request("GET", path)
            return opened.enter_context(connection.getresponse())

        yield get


def bytes_before_the_reset(port: int) -> int:
    """Ask for a stream and return how much of the answer came before it was reset."""
    received = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /sse/challenges/1/ HTTP/1.1\r\n\r\n")
        with suppress(ConnectionResetError):
            while data := connection.recv(65536):
                received += len(data)
            pytest.fail("the answer ended without a reset")
    return received


def test_a_cut_ends_an_answer_after_some_of_its_bytes(
    proxy: FaultProxy, upstream: Upstream, ask: Ask
) -> None:
    upstream.goes_on.set()
    proxy.set_fault("cut", bytes=3000)
    assert 0 < bytes_before_the_reset(proxy.port) < 3000
    assert proxy.counts == {"cut": 1}
    proxy.pass_through()
    assert len(ask(STREAM).read()) == len(PIECE) * PIECES


@pytest.mark.parametrize(
    ("fault", "status", "page"),
    [
        ("bad_gateway", 502, b"<h1>Bad gateway</h1>"),
        ("captive_portal", 200, b"<h1>Sign in to this network</h1>"),
    ],
)
def test_a_gateway_answers_in_place_of_the_service(
    proxy: FaultProxy, ask: Ask, fault: str, status: int, page: bytes
) -> None:
    stream = ask(STREAM, SILENCE)
    assert stream.read1() == PIECE
    proxy.set_fault(fault)
    with pytest.raises(ConnectionResetError):
        stream.read1()
    for path in (STREAM, REST):
        answer = ask(path)
        assert (answer.status, answer.read()) == (status, page)
    assert proxy.counts == {fault: 2}


def test_a_half_open_connection_stays_silent_for_good(
    proxy: FaultProxy, upstream: Upstream, ask: Ask
) -> None:
    stream = ask(STREAM, SILENCE)
    assert stream.read1() == PIECE
    proxy.set_fault("half_open")
    upstream.goes_on.set()
    wait_until(lambda: proxy.counts == {"half_open": 1})
    proxy.pass_through()
    with pytest.raises(TimeoutError):
        stream.read1()
    assert ask(REST).read() == b"ok"


def test_a_buffer_holds_back_the_body_of_a_stream_until_it_passes_or_ends(
    proxy: FaultProxy, upstream: Upstream, ask: Ask
) -> None:
    proxy.set_fault("buffer")
    held, ended = ask(STREAM, SILENCE), ask(STREAM)
    assert (held.status, ended.status, ask(REST).read()) == (200, 200, b"ok")
    wait_until(lambda: proxy.counts == {"buffer": 2})
    upstream.goes_on.set()
    with pytest.raises(TimeoutError):
        held.read1()
    proxy.pass_through()
    assert len(ended.read()) == len(PIECE) * PIECES


def test_a_reset_meets_open_connections_and_each_new_one_at_its_first_request(
    proxy: FaultProxy, ask: Ask
) -> None:
    stream = ask(STREAM)
    proxy.set_fault("reset")
    with pytest.raises(ConnectionResetError):
        stream.read()
    with pytest.raises(ConnectionResetError):
        ask(REST)


@pytest.mark.parametrize(
    ("fault", "failure"), [("reset", ConnectionResetError), ("partition", TimeoutError)]
)
def test_a_fault_of_streams_spares_other_requests(
    proxy: FaultProxy, ask: Ask, fault: str, failure: type[OSError]
) -> None:
    proxy.set_fault(fault, only="streams")
    assert ask(REST).read() == b"ok"
    for path in (STREAM, f"/ar{STREAM}"):
        with pytest.raises(failure):
            ask(path, SILENCE)


def test_a_fault_concerns_its_share_of_the_connections(proxy: FaultProxy, ask: Ask) -> None:
    proxy.set_fault("bad_gateway", chance=0.5)
    statuses = {ask(REST).status for _ in range(40)}
    assert statuses == {200, 502}


def test_open_streams_are_counted_and_can_be_reset_alone(proxy: FaultProxy, ask: Ask) -> None:
    stream, other = ask(STREAM), ask(REST)
    assert proxy.open_streams == 1
    proxy.reset(only="streams")
    with pytest.raises(ConnectionResetError):
        stream.read()
    assert other.read() == b"ok"
    assert proxy.open_streams == 0


@pytest.mark.parametrize(
    "options", [{"name": "rain"}, {"name": "cut", "only": "posts"}, {"name": "cut", "speed": 3}]
)
def test_an_unknown_fault_or_option_is_refused_and_changes_nothing(
    proxy: FaultProxy, ask: Ask, options: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|unexpected keyword"):
        proxy.set_fault(**options)  # type: ignore[arg-type]  # what a wrong test might pass
    assert ask(REST).read() == b"ok"
