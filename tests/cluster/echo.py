"""A server that sends back what it receives, and counts connections and bytes."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    connections = 0
    received = b""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(socketserver.BaseRequestHandler):
    server: EchoServer

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(ConnectionError):
            while data := self.request.recv(65536):
                self.server.received += data
                self.request.sendall(data)


@contextmanager
def running_echo_server() -> Iterator[EchoServer]:
    with EchoServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
