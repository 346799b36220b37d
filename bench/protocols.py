"""HTTP/1.1 and WebSockets as far as a measuring client needs them, without sockets.

`qader_client.protocols` is not used: with h11 (SSE) and websockets it costs 12 and 6 µs a message,
this module 5 and 4, and a client that costs more than the server would measure itself. The parser
of SSE is shared: it is as cheap as one made for these messages only. Rare parts of the protocols
that the service does not send, such as trailers and fragments, are not supported.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from qader_client.sse import Parser

_HEAD_END = b"\r\n\r\n"
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
# A client must mask what it sends; with zeros, the bytes stay as they are.
_NO_MASK = b"\0\0\0\0"


class Unreadable(Exception):
    """The server sent what these readers do not know, or refused the stream."""


class Message(NamedTuple):
    """One message of a stream. `seq` is its id; a WebSocket has none."""

    seq: int | None
    type: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None = None

    def json(self) -> Any:
        return json.loads(self.body)


def request(method: str, path: str, cookie: str, content: Any = None, headers: str = "") -> bytes:
    body = b"" if content is None else json.dumps(content, separators=(",", ":")).encode()
    lines = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={cookie}\r\n{headers}"
    )
    if method == "POST":
        lines += f"Content-Length: {len(body)}\r\n"
    if body:
        lines += "Content-Type: application/json\r\n"
    return f"{lines}\r\n".encode() + body


def sse_request(challenge_id: int, cookie: str, cursor: int | None = None) -> bytes:
    resume = "" if cursor is None else f"Last-Event-ID: {cursor}\r\n"
    headers = f"Accept: text/event-stream\r\n{resume}"
    return request("GET", f"/sse/challenges/{challenge_id}/", cookie, headers=headers)


def websocket_request(challenge_id: int, cookie: str) -> bytes:
    headers = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    return request("GET", f"/ws/challenges/{challenge_id}/", cookie, headers=headers)


def status_and_head(buffer: bytes | bytearray) -> tuple[int, bytes, int] | None:
    """Return an answer's status, its head in lower case, and where its body begins; or None."""
    end = buffer.find(_HEAD_END)
    if end < 0:
        return None
    head = bytes(buffer[:end]).lower()
    if not head.startswith(b"http/1.1 "):
        raise Unreadable(f"not HTTP/1.1: {head[:40]!r}")
    return int(head[9:12]), head, end + len(_HEAD_END)


def header(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


def take_answer(buffer: bytearray) -> Answer | None:
    """Remove one whole answer from the front of the buffer; None while it is incomplete."""
    found = status_and_head(buffer)
    if found is None:
        return None
    status, head, start = found
    length = header(head, b"content-length")
    if length is None:
        raise Unreadable(f"an answer without a length: {head!r}")
    end = start + int(length)
    if len(buffer) < end:
        return None
    retry_after = header(head, b"retry-after")
    answer = Answer(status, bytes(buffer[start:end]), float(retry_after) if retry_after else None)
    del buffer[:end]
    return answer


class Chunks:
    """Decodes the chunked coding, in which a stream is sent."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        parts, at = [], 0
        while (line_end := data.find(b"\r\n", at)) >= 0:
            size = int(data[at:line_end], 16)
            end = line_end + 2 + size
            if len(data) < end + 2:
                break
            parts.append(data[line_end + 2 : end])
            at = end + 2
        self._rest = data[at:]
        return b"".join(parts)


class SseReader:
    """Turns the bytes of an SSE response into messages; `control` are the control messages."""

    reply = b""  # to the server; SSE has none

    def __init__(self) -> None:
        self.control: list[Any] = []
        self._head: bytearray | None = bytearray()
        self._chunks: Chunks | None = None
        self._parser = Parser()

    def feed(self, data: bytes) -> Iterator[Message]:
        if self._head is not None:
            data = self._after_head(data)
        if self._chunks is not None:
            data = self._chunks.feed(data)
        for event in self._parser.feed(data):
            content = json.loads(event.data)
            if event.event == "stream":
                self.control.append(content)
            else:
                yield Message(int(event.last_event_id), content["type"], content["payload"])

    def _after_head(self, data: bytes) -> bytes:
        assert self._head is not None  # noqa: S101  # for mypy
        self._head += data
        found = status_and_head(self._head)
        if found is None:
            return b""
        status, head, start = found
        if status != 200:
            raise Unreadable(f"a stream was answered {status}")
        if header(head, b"transfer-encoding") == b"chunked":
            self._chunks = Chunks()
        rest, self._head = bytes(self._head[start:]), None
        return rest


class WebSocketReader:
    """Turns the bytes of a WebSocket into messages. The caller sends `reply`, and empties it."""

    def __init__(self) -> None:
        self.reply = b""
        self.control: list[Any] = []
        self._is_open = False
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        self._rest += data
        if not self._is_open:
            found = status_and_head(self._rest)
            if found is None:
                return
            if found[0] != 101:
                raise Unreadable(f"a WebSocket was answered {found[0]}")
            self._is_open = True
            del self._rest[: found[2]]
        while (frame := self._take_frame()) is not None:
            opcode, payload = frame
            if opcode == _TEXT:
                content = json.loads(payload)
                yield Message(None, content["type"], content["payload"])
            elif opcode == _PING:
                self.reply += bytes((_PONG, 0x80 | len(payload))) + _NO_MASK + payload
            elif opcode == _CLOSE:
                self.control.append({"state": "closing", "reason": payload[2:].decode()})
            elif opcode != _PONG:
                raise Unreadable(f"a frame that begins with {opcode:#x}")

    def _take_frame(self) -> tuple[int, bytes] | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        size, start = rest[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(rest[2:start])
        if len(rest) < start + size:
            return None
        frame = rest[0], bytes(rest[start : start + size])
        del rest[: start + size]
        return frame
