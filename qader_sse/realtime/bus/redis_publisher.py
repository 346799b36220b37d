"""Publishes by one connection without waiting for the server.

A busy worker has many greenlets that are ready, and whoever waits for the server waits until all of
them have run. A greenlet that published, and waited for each answer, made announcements late by two or
three such rounds. Here whoever announces writes, and a greenlet of its own reads the answers.
"""

import ssl
from collections.abc import Sequence
from typing import Any

import gevent
import hiredis
from gevent.socket import wait_read, wait_write
from redis.connection import Connection
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

_RECEIVE_BYTES = 16 * 1024
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

Message = tuple[str, bytes]  # its channel and its content


class RedisPublisher:
    """Writes what the server takes at once; the rest is kept, and `flush` writes it."""

    def __init__(self, connection: Connection, command: str) -> None:
        socket: Any = connection._sock  # noqa: SLF001  # redis-py has no public name for it
        socket.settimeout(0)
        self._command, self._connection, self._socket = command, connection, socket
        self._unsent = b""

    @property
    def is_clear(self) -> bool:
        """Whether the server has taken all that was written."""
        return not self._unsent

    def write(self, messages: Sequence[Message]) -> None:
        """Write messages. Call this only while it is clear. Never raises: `flush` raises what fails."""
        if not messages:
            return
        commands: list[Any] = [(self._command, name, data) for name, data in messages]
        packed = b"".join(map(hiredis.pack_command, commands))
        try:
            sent = self._socket.send(packed)
        except OSError:
            sent = 0
        self._unsent = packed[sent:]

    def flush(self, seconds: float) -> None:
        """Wait until it is clear, at most for so long. Raises RedisError or OSError."""
        if self.is_clear:
            return
        with gevent.Timeout(seconds, Disconnected(f"nothing was taken for {seconds} s")):
            while self._unsent:
                wait_write(self._socket.fileno())
                try:
                    self._unsent = self._unsent[self._socket.send(self._unsent) :]
                except _LATER:
                    continue

    def listen(self) -> Exception:
        """Read the server's answers until one is an error or the connection ends; return which."""
        answers = hiredis.Reader()
        try:
            while True:
                wait_read(self._socket.fileno())
                answers.feed(self._receive())
                while (answer := answers.gets()) is not False:
                    if isinstance(answer, hiredis.HiredisError):
                        return Disconnected(str(answer))
        except (RedisError, OSError) as error:
            return error

    def close(self) -> None:
        self._connection.disconnect()

    def _receive(self) -> bytes:
        try:
            data: bytes = self._socket.recv(_RECEIVE_BYTES)
        except _LATER:
            return b""
        if not data:
            raise Disconnected("the server closed the connection")
        return data
