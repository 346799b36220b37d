"""What nginx does between a client and the nodes, above all when no node is reachable."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cluster.nginx import Nginx
from cluster.process import free_port

SENTENCE = (
    "The service could not be reached just now, and it is not known whether this was carried out."
    " Look at it, then try again."
)


class Upstream(ThreadingHTTPServer):
    """Answers with the headers it received; closes without an answer under /fault/; /sse/ waits."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])
        self.paths: list[str] = []
        self.goes_on = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.path.startswith("/fault/"):
            self.close_connection = True
            return
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if "/sse/" in self.path:
            self.wfile.write(body[:10])
            self.server.goes_on.wait(20)
            body = body[10:]
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        thread = threading.Thread(target=upstream.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield upstream
        upstream.shutdown()
        thread.join()


@pytest.fixture
def upstreams() -> Iterator[list[Upstream]]:
    with ExitStack() as running:
        yield [running.enter_context(running_upstream()) for _ in range(2)]


@pytest.fixture
def nginx(tmp_path: Path, upstreams: list[Upstream]) -> Iterator[Nginx]:
    with Nginx(tmp_path, [upstream.port for upstream in upstreams]) as nginx:
        yield nginx


@pytest.fixture(scope="module")
def nginx_without_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """An nginx whose nodes are all unreachable."""
    folder, nodes = tmp_path_factory.mktemp("without-nodes"), [free_port(), free_port()]
    with Nginx(folder, nodes, allowed_origins=["https://app.example", "http://app:3000"]) as nginx:
        yield nginx


def ask(
    nginx: Nginx, path: str, method: str = "GET", **headers: str
) -> tuple[int, HTTPMessage, str]:
    with closing(HTTPConnection("127.0.0.1", nginx.port, timeout=20)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_nodes_a_call_gets_a_503_with_an_explanation(
    nginx_without_nodes: Nginx, method: str
) -> None:
    status, headers, body = ask(nginx_without_nodes, "/api/v1/auth/me/", method)
    assert (status, headers["Retry-After"]) == (503, "1")
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"detail": SENTENCE}


@pytest.mark.parametrize(
    ("path", "language", "is_arabic"),
    [
        ("/ar/api/v1/auth/me/", "en", True),
        ("/en/api/v1/auth/me/", "ar", False),
        ("/api/v1/auth/me/", "ar-SA,ar;q=0.9,en;q=0.8", True),
        ("/api/v1/auth/me/", "en,ar;q=0.5", False),
    ],
)
def test_the_explanation_is_in_the_language_of_the_reader(
    nginx_without_nodes: Nginx, path: str, language: str, is_arabic: bool
) -> None:
    _, _, body = ask(nginx_without_nodes, path, **{"Accept-Language": language})
    assert ("الخدمة" in json.loads(body)["detail"]) is is_arabic


@pytest.mark.parametrize("prefix", ["", "/en", "/ar"])
def test_without_nodes_a_stream_is_empty_so_that_the_browser_reconnects(
    nginx_without_nodes: Nginx, prefix: str
) -> None:
    status, headers, body = ask(nginx_without_nodes, f"{prefix}/sse/challenges/7/")
    assert (status, headers["Content-Type"], body) == (200, "text/event-stream", "retry: 2000\n")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://app.example", True), ("http://app:3000", True), ("https://app.example.evil", False)],
)
def test_without_nodes_pages_of_allowed_origins_may_read_so(
    nginx_without_nodes: Nginx, origin: str, allowed: bool
) -> None:
    for path in ("/sse/challenges/7/", "/api/v1/auth/me/"):
        _, headers, _ = ask(nginx_without_nodes, path, Origin=origin)
        assert headers["Access-Control-Allow-Origin"] == (origin if allowed else None)
        assert headers["Access-Control-Allow-Credentials"] == ("true" if allowed else None)
        assert headers["Vary"] == "Origin"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unreachable_node_is_not_used(
    tmp_path: Path, upstreams: list[Upstream], method: str
) -> None:
    with Nginx(tmp_path, [free_port(), upstreams[0].port]) as nginx:
        assert [ask(nginx, "/", method)[0] for _ in range(6)] == [200] * 6


def test_a_post_that_may_have_been_carried_out_is_not_sent_again(
    nginx: Nginx, upstreams: list[Upstream]
) -> None:
    status, _, body = ask(nginx, "/fault/", "POST")
    assert (status, json.loads(body)["detail"]) == (503, SENTENCE)
    assert sum(len(upstream.paths) for upstream in upstreams) == 1


def test_a_node_gets_the_host_and_the_address_of_the_client(nginx: Nginx) -> None:
    _, _, body = ask(nginx, "/", Host="quiz.example:8443", Upgrade="h2c")
    headers = json.loads(body)
    assert headers["Host"] == headers["X-Forwarded-Host"] == "quiz.example:8443"
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
    assert "Upgrade" not in headers


def test_a_websocket_is_passed_on(nginx: Nginx) -> None:
    _, _, body = ask(nginx, "/ws/challenges/7/", Upgrade="WebSocket", Connection="Upgrade")
    headers = json.loads(body)
    assert (headers["Upgrade"], headers["Connection"]) == ("websocket", "upgrade")


@pytest.mark.parametrize("prefix", ["", "/en", "/ar"])
def test_the_first_bytes_of_a_stream_are_passed_on_at_once(
    nginx: Nginx, upstreams: list[Upstream], prefix: str
) -> None:
    with closing(HTTPConnection("127.0.0.1", nginx.port, timeout=20)) as connection:
        connection.request("GET", f"{prefix}/sse/challenges/7/")
        answer = connection.getresponse()
        assert len(answer.read(10)) == 10
        for upstream in upstreams:
            upstream.goes_on.set()
        answer.read()


def test_a_node_that_is_left_out_gets_nothing_new_and_its_streams_go_on(
    nginx: Nginx, upstreams: list[Upstream]
) -> None:
    with closing(HTTPConnection("127.0.0.1", nginx.port, timeout=20)) as stream:
        stream.request("GET", "/sse/challenges/1/")
        answer = stream.getresponse()
        begin = answer.read(10)
        (left_out,) = (one for one in upstreams if one.paths)
        nginx.leave_out(left_out.port)
        for _ in range(6):
            assert ask(nginx, "/api/v1/users/me/", "POST")[0] == 200
        assert left_out.paths == ["/sse/challenges/1/"]
        left_out.goes_on.set()
        assert json.loads(begin + answer.read())
    nginx.leave_out()
    for _ in range(6):
        ask(nginx, "/api/v1/users/me/")
    assert len(left_out.paths) > 1
