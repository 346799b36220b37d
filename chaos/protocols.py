"""Turns the bytes of a stream into messages: SSE, or the WebSocket shim.

No sockets here: bytes come in chunks of any size, so it does not matter how somebody reads. A
wire lives as long as its viewer, and keeps the cursor from one connection to the next.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import h11
from qader_client.sse import Parser
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri


class Refused(Exception):
    """The stream was not opened, in a way that lets no client come back."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a stream is, and who asks for it."""

    host: str
    challenge_id: int
    cookie: str


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message, and its number as this client knows it."""

    seq: int
    content: dict[str, Any]


class Wire(Protocol):
    @property
    def is_numbered(self) -> bool:
        """Whether the server numbers the messages; otherwise the client counts them."""

    @property
    def is_over(self) -> bool:
        """Whether nothing will ever come again."""

    @property
    def retry_seconds(self) -> float:
        """After how long to come back."""

    @property
    def told(self) -> str | None:
        """Why the server ended the last connection, where it said so."""

    def handshake(self, address: Address) -> bytes:
        """Return what opens a connection that goes on after the last whole message."""

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        """Yield the whole messages of one connection. Raises Refused."""


# A WebSocket is told no time to come back after; this is what SSE is told by default.
_SOCKET_RETRY_SECONDS = 2.0


class SseWire:
    is_numbered = True

    def __init__(self) -> None:
        self.is_over = False
        self.told: str | None = None
        self._parser = Parser()
        self._parser.last_event_id = "0"

    @property
    def retry_seconds(self) -> float:
        return (self._parser.retry_ms or 1000) / 1000

    def handshake(self, address: Address) -> bytes:
        self.told = None
        self._http = h11.Connection(h11.CLIENT)
        headers = [
            ("Host", address.host),
            ("Cookie", f"sessionid={address.cookie}"),
            ("Accept", "text/event-stream"),
            ("Last-Event-ID", self._parser.last_event_id),
        ]
        target = f"/sse/challenges/{address.challenge_id}/"
        request = self._http.send(h11.Request(method="GET", target=target, headers=headers))
        return (request or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        for event in self._parser.events(self._lines(chunks)):
            content = json.loads(event.data)
            if event.event == "message":
                yield Message(int(event.last_event_id), content)
            elif content["state"] == "closing":
                self.told = content["reason"]

    def _lines(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for content in self._contents(chunks):
            *lines, rest = (rest + content).split(b"\n")
            yield from (line + b"\n" for line in lines)

    def _contents(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._http.receive_data(chunk)
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    self._look_at(event.status_code)
                elif isinstance(event, h11.Data):
                    yield bytes(event.data)
                else:
                    return

    def _look_at(self, status: int) -> None:
        self.is_over = status == 204
        if status not in (200, 204):
            raise Refused(f"an SSE stream was answered {status}, and an EventSource stops for good")


class SocketWire:
    is_numbered = False

    def __init__(self) -> None:
        self.is_over = False
        self.retry_seconds = _SOCKET_RETRY_SECONDS
        self.told: str | None = None
        self._cursor = 0

    def handshake(self, address: Address) -> bytes:
        self.told = None
        path = f"/ws/challenges/{address.challenge_id}/?last_event_id={self._cursor}"
        self._protocol = ClientProtocol(parse_uri(f"ws://{address.host}{path}"))
        request = self._protocol.connect()
        request.headers["Cookie"] = f"sessionid={address.cookie}"
        self._protocol.send_request(request)
        return b"".join(self._protocol.data_to_send())

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        for chunk in chunks:
            self._protocol.receive_data(chunk)
            for event in self._protocol.events_received():
                if isinstance(event, Response):
                    self._look_at(event.status_code)
                elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    yield self._message(bytes(event.data))
            if self._protocol.parser_exc:
                raise Refused(f"a WebSocket with broken frames: {self._protocol.parser_exc!r}")
            # Pongs, and the answer to a close.
            if answer := b"".join(self._protocol.data_to_send()):
                send(answer)
            if self._protocol.state in (State.CLOSING, State.CLOSED):
                if self._protocol.close_rcvd:
                    self.told = self._protocol.close_rcvd.reason
                return

    def _look_at(self, status: int) -> None:
        # A browser's WebSocket does not tell its page the status: the page comes back.
        if status != 101:
            self.told = f"answered {status}"

    def _message(self, text: bytes) -> Message:
        content = json.loads(text)
        if content["type"] == "error":
            raise Refused(f"a WebSocket was told: {content['payload']['detail']}")
        self._cursor += 1
        return Message(self._cursor, content)
