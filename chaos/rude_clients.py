"""Faults of clients that send: too slowly, or without end."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import gevent
from qader_client.rest import Api

from chaos.faults import Target
from chaos.socket_readers import reset

_SLOW_SENDERS = 40
_PASSWORD = "rude-pass-1"  # noqa: S105  # of accounts that live as long as this process
# The service has to cut a client that sends into its SSE stream before it has taken this much of one
# connection: 64 KiB are read, and the kernel's buffers take some megabytes besides.
_MAX_SWALLOWED_BYTES = 20_000_000


def send_slowly(target: Target) -> str:
    """Have clients of nginx and of the nodes send heads or bodies of requests byte by byte."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(_connect(target.some_host())) for _ in range(_SLOW_SENDERS)]
        for number, sock in enumerate(sockets):
            sock.sendall(b"POST /api/v1/auth/login/ HTTP/1.1\r\nHost: slow\r\n")
            if number % 2:
                sock.sendall(b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n")

        def send_a_byte() -> None:
            for sock in sockets:
                with suppress(OSError):  # the service has given up on it
                    sock.sendall(b"x")

        target.repeat(send_a_byte, pause=0.5)
    return f"{_SLOW_SENDERS} clients for {target.seconds:.0f} s, half of them with a slow body"


def talk_without_end(target: Target) -> str:
    """Have a client send into its SSE stream as fast as it can, and reconnect when it is cut."""
    node = target.chance.choice(target.cluster.nodes)
    host = node.base_url.removeprefix("http://")
    end = time.monotonic() + target.seconds
    swallowed: list[int] = []  # by each connection
    with register(target, node.base_url) as api:
        request = (
            f"GET /sse/challenges/notifications/ HTTP/1.1\r\nHost: {host}\r\n"
            f"Cookie: sessionid={api.cookie}\r\n\r\n"
        )
        while time.monotonic() < end:
            swallowed.append(_talk(host, request.encode(), end))
            gevent.sleep(0.2)
    most = max(swallowed) / 1e6
    if max(swallowed) > _MAX_SWALLOWED_BYTES:
        target.problems.append(f"{most:.0f} MB of one connection were swallowed")
    return f"at most {most:.1f} MB taken from one connection, which was cut {len(swallowed)} ×"


def _talk(host: str, request: bytes, end: float) -> int:
    """Return how many bytes were taken until the connection was cut, or the time was up."""
    taken = 0
    with _connect(host) as sock, suppress(OSError):
        sock.sendall(request)
        while chunk := sock.recv(1000):
            if b'"open"' in chunk:
                break
        while time.monotonic() < end:
            taken += sock.send(b"x" * 65536)
        reset(sock)
    return taken


def _connect(host: str) -> socket.socket:
    name, _, port = host.partition(":")
    return socket.create_connection((name, int(port)), timeout=5)


@contextmanager
def register(target: Target, base_url: str) -> Iterator[Api]:
    """Register a new account on this host, and yield it signed in; a refusal is a problem."""
    name = f"silent{target.chance.randrange(10**9)}"
    with closing(Api(base_url)) as api:
        answer = api.post("/api/v1/auth/register/", {"username": name, "password": _PASSWORD})
        if answer.status != 201:
            target.problems.append(f"signing up was answered {answer.status} {answer.body}")
        yield api
