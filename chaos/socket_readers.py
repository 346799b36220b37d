"""How clients take bytes off their socket: politely, or in the ways that break servers."""

import socket
import struct
import time
from typing import Protocol


class Left(Exception):
    """This client went away by itself."""


class Reader(Protocol):
    @property
    def receive_buffer(self) -> int | None:
        """How many bytes the kernel may keep for this reader; None: as many as usual.

        With few, a slow reader is felt at the other end, as it is across a real network.
        """

    def take(self, sock: socket.socket) -> bytes:
        """Return the next bytes, none at the end. Raises Left, and OSError for a cut."""


class Polite:
    receive_buffer = None

    def take(self, sock: socket.socket) -> bytes:
        return sock.recv(65536)


class CutsMidFrame:
    """Resets the connection when a message has begun and most of it is still to come."""

    receive_buffer = None

    def __init__(self) -> None:
        self._last = b""

    def take(self, sock: socket.socket) -> bytes:
        # Every message begins with this, and goes on for at least a hundred bytes.
        if b'{"type":' in self._last:
            reset(sock)
            raise Left
        piece = sock.recv(16)
        self._last = self._last[-16:] + piece
        return piece


class ReadsOneByteASecond:
    receive_buffer = 2048

    def take(self, sock: socket.socket) -> bytes:
        time.sleep(1)
        return sock.recv(1)


class Vanishes:
    """Takes nothing any more and says nothing, as behind a cut cable: the socket stays open."""

    receive_buffer = 2048

    def __init__(self, left_behind: list[socket.socket]) -> None:
        self._left_behind = left_behind

    def take(self, sock: socket.socket) -> bytes:
        # A second handle keeps the connection when the viewer closes its own.
        self._left_behind.append(sock.dup())
        raise Left


def reset(sock: socket.socket) -> None:
    """Close with a reset, as a client whose process is killed with bytes unread."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
