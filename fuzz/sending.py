"""Sends an input to a server on one connection, and looks at what comes back."""

import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress

from fuzz.http_inputs import Input

# After the client's last byte the server has this long to end the connection by itself.
_END_SECONDS = 20.0
_PAUSE_SECONDS = 0.005
_RESET = struct.pack("ii", 1, 0)
_STATUS_LINE = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)
# 501: a method or a coding that nobody implements. 503: too busy, which is an answer like others.
_EXPECTED = {501, 503, 505}


def exchange(port: int, given: Input) -> bytes | None:
    """Send an input and read until the server ends the connection; None if it never does."""
    with socket.create_connection(("127.0.0.1", port), timeout=_END_SECONDS) as connection:
        try:
            for number, piece in enumerate(given.pieces):
                if number:
                    time.sleep(_PAUSE_SECONDS)
                connection.sendall(piece)
            if given.resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return b""
            connection.shutdown(socket.SHUT_WR)
        except TimeoutError:
            return None
        except OSError:
            pass  # it has answered, and reads no more
        return _read_all(connection)


def _read_all(connection: socket.socket) -> bytes | None:
    received = bytearray()
    give_up_at = time.monotonic() + _END_SECONDS
    with suppress(ConnectionError):
        while time.monotonic() < give_up_at:
            try:
                data = connection.recv(64 * 1024)
            except TimeoutError:
                return None
            if not data:
                return bytes(received)
            received += data
        return None
    return bytes(received)


def faults(answer: bytes | None) -> Iterator[str]:
    """Say what is wrong with what came back."""
    if answer is None:
        yield f"the server had not ended the connection after {_END_SECONDS:.0f} s"
        return
    for status in map(int, _STATUS_LINE.findall(answer)):
        if status >= 500 and status not in _EXPECTED:
            yield f"answered with {status}"
    if b"Traceback (most recent" in answer:
        yield "shows a traceback"
