"""One player's stream: read, cut and resumed until the round is over."""

import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from chaos.socket_readers import Left, NormalReader, Reader
from chaos.streams import Address, Message, Refused, Stream

# After so many seconds without a byte, a client regards its connection as dead.
_SILENCE_SECONDS = 45.0
# Reasons after which no client reconnects; none of them may occur here.
_FINAL = ("signed_out", "disabled", "slow")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and when it arrived by the wall clock."""

    message: Message
    at: float


class Viewer:
    """Follows a challenge as an EventSource does, and keeps its cursor across every cut."""

    def __init__(
        self, stream: Stream, address: Address, user_id: int, chance: random.Random
    ) -> None:
        self.stream = stream
        self.user_id = user_id
        self.challenge_id = address.challenge_id
        self.arrivals: list[Arrival] = []
        self.endings: Counter[str] = Counter()
        self.problems: list[str] = []
        # The questions, available when the duel has begun.
        self.questions: AsyncResult[list[Any]] = AsyncResult()
        self.ended = Event()
        self._address = self._next_address = address
        self._chance = chance
        self._reader: Reader = NormalReader()
        self._reconnects_at_once = False
        self._has_hung_up = False
        self._socket: socket.socket | None = None
        self._greenlet = gevent.spawn(self._follow)

    @property
    def last_seq(self) -> int:
        """The number of the last message; where the server sends none, how many there were."""
        return self.arrivals[-1].message.seq if self.arrivals else 0

    def read_with(self, reader: Reader) -> None:
        """Use another reader from now on, until the connection ends."""
        self._reader = reader

    def reconnect_with(self, reader: Reader, host: str) -> None:
        """Reconnect at once, to this host, and use another reader until that connection ends."""
        self._reader = reader
        self._next_address = replace(self._address, host=host)
        self._reconnects_at_once = True
        self.hang_up()

    def hang_up(self) -> None:
        """Break the connection, as a lost network does. The viewer reconnects."""
        if self._socket is not None:
            self._has_hung_up = True
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection for good."""
        self._greenlet.kill()

    def _follow(self) -> None:
        while True:
            ending = self._one_connection()
            self.endings[ending] += 1
            if self.stream.is_over or self.problems:
                return
            if not self._reconnects_at_once:
                self._reader, self._next_address = NormalReader(), self._address
                gevent.sleep(self._pause())

    def _pause(self) -> float:
        # On SSE the server has already added jitter to `retry`; a WebSocket's client adds its own.
        spread = 1.0 if self.stream.is_numbered else self._chance.uniform(0.5, 1.5)
        return self.stream.retry_seconds * spread

    def _one_connection(self) -> str:
        """Read one connection to its end; return the reason."""
        try:
            with self._connect() as self._socket:
                self._read(self._socket)
        except Left:
            return "left"
        except OSError:
            return self._without_reason()
        except (Refused, ValueError) as error:
            # The bytes are no stream, or not JSON.
            self.problems.append(repr(error))
        finally:
            self._socket = None
        if self.stream.is_over:
            return "over"
        if self.stream.close_reason in _FINAL:
            self.problems.append(f"the server ended a stream for good: {self.stream.close_reason}")
        return self.stream.close_reason or self._without_reason()

    def _without_reason(self) -> str:
        return "left" if self._has_hung_up else "cut"

    def _connect(self) -> socket.socket:
        self._reconnects_at_once = self._has_hung_up = False
        host, _, port = self._next_address.host.partition(":")
        sock = socket.socket()
        try:
            if self._reader.receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._reader.receive_buffer)
            sock.settimeout(_SILENCE_SECONDS)
            sock.connect((host, int(port)))
        except OSError as error:
            sock.close()
            # A problem, because the balancer and the nodes listen even while workers restart.
            self.problems.append(f"no connection to {self._next_address.host}: {error}")
            raise
        return sock

    def _read(self, sock: socket.socket) -> None:
        sock.sendall(self.stream.connect(self._next_address))
        for message in self.stream.messages(self._chunks(sock), sock.sendall):
            self._take(message)

    def _chunks(self, sock: socket.socket) -> Iterator[bytes]:
        while chunk := self._reader.read(sock):
            yield chunk
            # After `hang_up`, bytes that had arrived before could still be read.
            if self._has_hung_up:
                raise Left

    def _take(self, message: Message) -> None:
        self.arrivals.append(Arrival(message, time.time()))
        payload = message.content["payload"]
        # A snapshot in place of what was missed may be the first to show either.
        if questions := payload.get("questions"):
            self.questions.set(questions)
        if payload.get("status") == "completed":
            self.ended.set()
