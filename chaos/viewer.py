"""One player's stream: read, cut, come back, until the round is over."""

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

from chaos.socket_readers import Left, Polite, Reader
from chaos.streams import Address, Message, Refused, Stream

# Seconds without a byte after which a client takes its connection for dead. A WebSocket is quiet
# for 25 s, then it is pinged.
_SILENCE = 45.0
# Ends after which no client comes back; here nobody is signed out or talks too much.
_FINAL = ("signed_out", "disabled", "slow")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and when it was here by the wall clock."""

    message: Message
    at: float


class Viewer:
    """Follows a challenge as an EventSource does, with its cursor across every cut."""

    def __init__(
        self, stream: Stream, address: Address, user_id: int, chance: random.Random
    ) -> None:
        self.stream = stream
        self.user_id = user_id
        self.challenge_id = address.challenge_id
        self.arrivals: list[Arrival] = []
        self.endings: Counter[str] = Counter()
        self.problems: list[str] = []
        # The questions, once the duel has begun.
        self.questions: AsyncResult[list[Any]] = AsyncResult()
        self.ended = Event()
        self._address = self._next_address = address
        self._chance = chance
        self._reader: Reader = Polite()
        self._comes_at_once = False
        self._hangs_up = False
        self._socket: socket.socket | None = None
        self._greenlet = gevent.spawn(self._follow)

    def become(self, reader: Reader) -> None:
        """Read in another way from now on, until the connection ends."""
        self._reader = reader

    def come_back_as(self, reader: Reader, host: str) -> None:
        """Make a new connection at once, to this host, and read in another way until it ends."""
        self._reader = reader
        self._next_address = replace(self._address, host=host)
        self._comes_at_once = True
        self.hang_up()

    def hang_up(self) -> None:
        """Break the connection, as a tunnel does. The viewer comes back."""
        if self._socket is not None:
            self._hangs_up = True
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave for good."""
        self._greenlet.kill()

    def _follow(self) -> None:
        while True:
            ending = self._one_connection()
            self.endings[ending] += 1
            if self.stream.is_over or self.problems:
                return
            if not self._comes_at_once:
                self._reader, self._next_address = Polite(), self._address
                gevent.sleep(self._pause())

    def _pause(self) -> float:
        # SSE's `retry` is spread by the server.
        spread = 1.0 if self.stream.is_numbered else self._chance.uniform(0.5, 1.5)
        return self.stream.retry_seconds * spread

    def _one_connection(self) -> str:
        """Read one connection to its end; return why it ended."""
        try:
            with self._connect() as self._socket:
                self._read(self._socket)
        except Left:
            return "left"
        except OSError:
            return self._unsaid()
        except (Refused, ValueError) as error:
            # Not a stream, or no JSON in it.
            self.problems.append(repr(error))
        finally:
            self._socket = None
        if self.stream.is_over:
            return "over"
        if self.stream.close_reason in _FINAL:
            self.problems.append(f"a stream was ended for good: {self.stream.close_reason}")
        return self.stream.close_reason or self._unsaid()

    def _unsaid(self) -> str:
        return "left" if self._hangs_up else "cut"

    def _connect(self) -> socket.socket:
        self._comes_at_once = self._hangs_up = False
        host, _, port = self._next_address.host.partition(":")
        sock = socket.socket()
        try:
            if self._reader.receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._reader.receive_buffer)
            sock.settimeout(_SILENCE)
            sock.connect((host, int(port)))
        except OSError as error:
            sock.close()
            # Balancer and nodes listen all the time, also through restarts of their workers.
            self.problems.append(f"no connection to {self._next_address.host}: {error}")
            raise
        return sock

    def _read(self, sock: socket.socket) -> None:
        sock.sendall(self.stream.connect(self._next_address))
        for message in self.stream.messages(self._chunks(sock), sock.sendall):
            self._take(message)

    def _chunks(self, sock: socket.socket) -> Iterator[bytes]:
        while chunk := self._reader.take(sock):
            yield chunk
            # Bytes that are here already could be read also after the end.
            if self._hangs_up:
                raise Left

    def _take(self, message: Message) -> None:
        self.arrivals.append(Arrival(message, time.time()))
        if message.content["type"] == "challenge.start":
            self.questions.set(message.content["payload"]["questions"])
        elif message.content["type"] == "challenge.end":
            self.ended.set()
