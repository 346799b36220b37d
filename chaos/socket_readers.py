"""How clients read from their socket: as they should, or in the ways that break servers."""

import socket
import struct
import time
from typing import Protocol


class Left(Exception):
    """The client itself has ended the connection."""


class Reader(Protocol):
    @property
    def receive_buffer(self) -> int | None:
        """The size of the kernel's receive buffer; None: the default.

        With a small one, the server notices a slow reader, as across a real network.
        """

    def read(self, sock: socket.socket) -> bytes:
        """Return the next bytes, none at the end. Raises Left, and OSError after a cut."""


class NormalReader:
    receive_buffer = None

    def read(self, sock: socket.socket) -> bytes:
        return sock.recv(65536)


class CutsMidFrame:
    """Resets the connection when a message has begun and most of it is still to come."""

    receive_buffer = None

    def __init__(self) -> None:
        self._last = b""

    def read(self, sock: socket.socket) -> bytes:
        # Every message begins with this, and is at least a hundred bytes longer.
        if b'{"type":' in self._last:
            reset(sock)
            raise Left
        piece = sock.recv(16)
        self._last = self._last[-16:] + piece
        return piece


class ReadsOneByteASecond:
    receive_buffer = 2048

    def read(self, sock: socket.socket) -> bytes:
        time.sleep(1)
        return sock.recv(1)


class Vanishes:
    """Reads and sends nothing more, as behind a cut cable: the socket stays open."""

    receive_buffer = 2048

    def __init__(self, left_behind: list[socket.socket]) -> None:
        self._left_behind = left_behind

    def read(self, sock: socket.socket) -> bytes:
        # A duplicate keeps the connection open when the viewer closes its own socket.
        self._left_behind.append(sock.dup())
        raise Left


def reset(sock: socket.socket) -> None:
    """Close with a reset, like a client that is killed while bytes are unread."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
