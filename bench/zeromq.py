"""A PUSH socket of ZeroMQ, as far as a publisher needs one: it sends, and is never answered.

The protocol is ZMTP 3.0 without security, rfc.zeromq.org/spec/23; the load client in C speaks it too.
"""

import socket
from typing import Self

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY = b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH"
_COMMAND, _LONG = b"\x04", b"\x02"


class Push:
    """A connection to a PULL socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(_GREETING + _COMMAND + bytes([len(_READY)]) + _READY)
        # A message that comes before the peer has said that it is ready ends the connection.
        said = b""
        while _READY[:6] not in said:
            said += self._socket.recv(4096)

    def send(self, message: bytes) -> None:
        self._socket.sendall(_LONG + len(message).to_bytes(8, "big") + message)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._socket.close()
