"""A stream over SSE or the WebSocket shim, without sockets: bytes in, messages out.

Callers read and write the socket: a thread, a greenlet, or a test that reads one byte a second. An
object lives as long as its viewer: it keeps the cursor from one connection to the next.
"""

import json
from collections.abc import Iterator
from typing import Any

import h11
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Origin
from websockets.uri import parse_uri

from qader_client.sse import Parser, ServerSentEvent

# The types with which the shim answers what a client sends; the cursor does not count them.
REPLIES = ("ready_confirmation", "error")


class SseProtocol:
    """The response of `GET /sse/…`; `parser` holds the cursor and the reconnection time."""

    def __init__(self, last_event_id: str = "") -> None:
        self.parser = Parser(last_event_id)
        self.status: int | None = None
        self.is_finished = False

    def connect(self, host: str, path: str, cookie: str | None) -> bytes:
        """Return the request that opens a connection after the last whole event."""
        self.status, self.is_finished = None, False
        self.parser.begin_connection()
        self._http = h11.Connection(h11.CLIENT)
        headers = [("Host", host), ("Accept", "text/event-stream")]
        if cookie:
            headers.append(("Cookie", f"sessionid={cookie}"))
        if self.parser.last_event_id:
            headers.append(("Last-Event-ID", self.parser.last_event_id))
        request = self._http.send(h11.Request(method="GET", target=path, headers=headers))
        return (request or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def receive(self, data: bytes) -> Iterator[ServerSentEvent]:
        """Yield what these bytes complete; `b""` is the end of the connection.

        Raises ConnectionError where it ends before the response does, and ValueError for bytes
        that are not HTTP or not an event stream.
        """
        self._http.receive_data(data)
        try:
            while not self.is_finished and (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    self.status = event.status_code
                elif not isinstance(event, h11.Data):
                    self.is_finished = True
                elif self.status == 200:
                    yield from self.parser.feed(bytes(event.data))
        except h11.RemoteProtocolError as error:
            raise (ValueError if data else ConnectionError)(str(error)) from None


class WebSocketProtocol:
    """The WebSocket shim, whose messages carry no numbers: `cursor` counts them.

    Without a cursor to begin from, the first message is number 0: the snapshot.
    """

    def __init__(self, cursor: int | None = None) -> None:
        self.cursor = cursor
        self.status: int | None = None

    def connect(self, host: str, path: str, cookie: str | None, origin: str | None = None) -> bytes:
        """Return the handshake that opens a connection after the last message."""
        self.status = None
        if self.cursor is not None:
            path += f"?last_event_id={self.cursor}"
        address = parse_uri(f"ws://{host}{path}")
        self._protocol = ClientProtocol(address, origin=Origin(origin) if origin else None)
        request = self._protocol.connect()
        if cookie:
            request.headers["Cookie"] = f"sessionid={cookie}"
        self._protocol.send_request(request)
        return self.output()

    def receive(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Yield the messages in these bytes; `b""` is the end. Raises ValueError for broken frames."""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self.status = event.status_code
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                content = json.loads(bytes(event.data))
                if content["type"] not in REPLIES:
                    self.cursor = 0 if self.cursor is None else self.cursor + 1
                yield content
        if data and self.status == 101 and self._protocol.parser_exc:
            raise ValueError(f"a WebSocket with broken frames: {self._protocol.parser_exc!r}")

    def send(self, text: str) -> bytes:
        """Return the bytes of a client's message. Raises ConnectionError after a close."""
        try:
            self._protocol.send_text(text.encode())
        except InvalidState as error:
            raise ConnectionError(str(error)) from None
        return self.output()

    def output(self) -> bytes:
        """Return what is to be sent now, such as pongs and the answer to a close."""
        return b"".join(self._protocol.data_to_send())

    @property
    def close(self) -> tuple[int, str] | None:
        """The code and the reason with which the server closed, once it has."""
        received = self._protocol.close_rcvd
        return (received.code, received.reason) if received else None
