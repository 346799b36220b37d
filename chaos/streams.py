"""What a viewer follows a challenge by: SSE, or the WebSocket shim.

`qader_client.protocols` parses the bytes, which the viewer reads. A stream lives as long as its
viewer: it keeps the cursor from one connection to the next.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from qader_client.protocols import SseProtocol, WebSocketProtocol


class Refused(Exception):
    """The stream was not opened, for a reason after which no client reconnects."""


@dataclass(frozen=True, slots=True)
class Address:
    """Which challenge a viewer follows, on which host, in whose session."""

    host: str
    challenge_id: int
    cookie: str


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message, and its number as this client knows it."""

    seq: int
    content: dict[str, Any]
    # A snapshot in place of everything since the cursor, which the log could not serve.
    is_reset: bool = False


class Stream(Protocol):
    @property
    def began_after(self) -> int:
        """The number before the topic's first event."""

    @property
    def is_numbered(self) -> bool:
        """Whether the server numbers the messages; otherwise the client counts them."""

    @property
    def is_over(self) -> bool:
        """Whether no message will ever follow."""

    @property
    def retry_seconds(self) -> float:
        """After how long to reconnect."""

    @property
    def close_reason(self) -> str | None:
        """Why the server ended the last connection, where it named a reason."""

    def connect(self, address: Address) -> bytes:
        """Return the request that opens a connection after the last whole message."""

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        """Yield the whole messages of one connection. Raises Refused and ValueError."""


# The service names no time on a WebSocket; this is its default on SSE.
_WEBSOCKET_RETRY_SECONDS = 2.0


class SseStream:
    is_numbered = True

    def __init__(self, began_after: int) -> None:
        self.began_after = began_after
        self.is_over = False
        self.close_reason: str | None = None
        self._protocol = SseProtocol(last_event_id=str(began_after))

    @property
    def retry_seconds(self) -> float:
        return (self._protocol.parser.retry_ms or 1000) / 1000

    def connect(self, address: Address) -> bytes:
        self.close_reason = None
        path = f"/sse/challenges/{address.challenge_id}/"
        return self._protocol.connect(address.host, path, address.cookie)

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        is_reset = False
        for chunk in chunks:
            for event in self._protocol.receive(chunk):
                content = json.loads(event.data)
                if event.event == "message":
                    yield Message(int(event.last_event_id), content, is_reset)
                    is_reset = False
                elif content["state"] == "open":
                    is_reset = content["mode"] == "reset"
                elif content["state"] == "closing":
                    self.close_reason = content["reason"]
                elif content["state"] == "over":
                    self.is_over = True
            self._check(self._protocol.status)
            if self._protocol.is_finished:
                return

    def _check(self, status: int | None) -> None:
        self.is_over = self.is_over or status == 204
        if status not in (None, 200, 204):
            raise Refused(f"an SSE stream was answered {status}, and an EventSource stops for good")


class WebSocketStream:
    is_numbered = False

    def __init__(self, began_after: int) -> None:
        self.began_after = began_after
        self.is_over = False
        self.retry_seconds = _WEBSOCKET_RETRY_SECONDS
        self.close_reason: str | None = None
        self._protocol = WebSocketProtocol(cursor=began_after)

    def connect(self, address: Address) -> bytes:
        self.close_reason = None
        path = f"/ws/challenges/{address.challenge_id}/"
        return self._protocol.connect(address.host, path, address.cookie)

    def messages(self, chunks: Iterator[bytes], send: Callable[[bytes], None]) -> Iterator[Message]:
        for chunk in chunks:
            for content in self._protocol.receive(chunk):
                if content["type"] == "error":
                    raise Refused(f"a WebSocket got an error: {content['payload']['detail']}")
                yield Message(self._protocol.cursor or 0, content)
            # A browser's WebSocket hides the status from its page, so the page reconnects.
            if self._protocol.status not in (None, 101):
                self.close_reason = f"answered {self._protocol.status}"
                return
            if output := self._protocol.output():
                send(output)
            if self._protocol.close:
                _, self.close_reason = self._protocol.close
                return
