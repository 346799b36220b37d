"""The REST calls of the Python client, where the server ends a connection between two of them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from qader_client.rest import Api


class Restarting(ThreadingHTTPServer):
    """Closes each connection after one answer, without saying so, as a server that is restarted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.requests: list[str] = []
        self.closed = threading.Semaphore(0)

    def shutdown_request(self, request: object) -> None:
        super().shutdown_request(request)  # type: ignore[arg-type]  # a socket
        self.closed.release()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Restarting

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(body.decode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def server() -> Iterator[Restarting]:
    with Restarting() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_request_after_the_end_of_its_connection_takes_a_new_one(server: Restarting) -> None:
    api = Api(f"http://127.0.0.1:{server.server_port}")
    for number in range(3):
        assert api.post("/", {"answer": number}).status == 200
        assert server.closed.acquire(timeout=5)
    api.close()
    assert server.requests == [f'{{"answer": {number}}}' for number in range(3)]
