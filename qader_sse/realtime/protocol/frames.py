"""What is written to one viewer's connection."""

import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import Viewer, message, perspective
from qader_sse.jitter import jittered

HEARTBEAT = b": heartbeat\n\n"

ClosingReason = Literal["draining", "max_age", "signed_out", "disabled", "slow", "limit"]

_TEXT_MESSAGE = 0x81  # final, opcode 1 (RFC 6455, 5.2)


@dataclass(slots=True, weakref_slot=True)
class Frame:
    """One message for one viewer as JSON: `seq` is its event's number in the topic.

    Each way to write it is made once, however many sockets it goes to.
    """

    seq: int
    type: str
    data: bytes
    _sse: bytes | None = field(default=None, init=False, compare=False, repr=False)
    _chunk: bytes | None = field(default=None, init=False, compare=False, repr=False)
    _message: bytes | None = field(default=None, init=False, compare=False, repr=False)

    def sse(self) -> bytes:
        # One data line: JSON escapes every line break. No event field: onmessage sees all types.
        if self._sse is None:
            self._sse = b"id: %d\ndata: %b\n\n" % (self.seq, self.data)
        return self._sse

    def chunk(self) -> bytes:
        """Return the same as a chunk of an HTTP/1.1 body."""
        if self._chunk is None:
            self._chunk = chunk(self.sse())
        return self._chunk

    def named(self, event: str, vector: bytes) -> "Frame":
        """Return the same message for a stream of several topics: named, with the place in all."""
        named = Frame(self.seq, self.type, self.data)
        named._sse = b"id: %b\nevent: %b\ndata: %b\n\n" % (vector, event.encode(), self.data)
        return named

    def message(self) -> bytes:
        """Return the JSON as a WebSocket text message, as a server writes it."""
        if self._message is None:
            self._message = text_message(self.data)
        return self._message


@dataclass(slots=True)
class RenderedEvent:
    """An event in memory, with the frames made of it: one per distinct view, not per socket."""

    event: Event
    _shared: Frame | None = None  # where all viewers see the same
    _frames: dict[object, Frame] | None = None

    def frame(self, viewer: Viewer) -> Frame:
        if self._shared is not None:
            return self._shared
        key = perspective(self.event, viewer)
        if self._frames is None:
            self._frames = {}
        frame = self._frames.get(key)
        if frame is None:
            data = encode(message(self.event, viewer))
            frame = self._frames[key] = Frame(self.event.seq, self.event.type, data)
        if key is None:
            self._shared = frame
        return frame


def encode(content: Any) -> bytes:
    """Write JSON on one line; Arabic stays readable."""
    return orjson.dumps(content)


def opening(mode: str, after: int, head: int) -> bytes:
    """Say how the stream begins: from where, and how far the topic reaches at this moment."""
    return control({"state": "open", "mode": mode, "after": after, "head": head})


def closing(reason: ClosingReason, retry_ms: int) -> bytes:
    # The retry field too: a native EventSource obeys that one.
    said = control({"state": "closing", "reason": reason, "retry_ms": retry_ms})
    return retry(retry_ms) + said


def retry(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds


def position(place: bytes) -> bytes:
    """Set the client's cursor without a message: no data, so no event is dispatched.

    Otherwise a client cut before its first message would come back without a cursor
    and miss what happened in between.
    """
    return b"id: %b\n\n" % place


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def text_message(data: bytes) -> bytes:
    # By hand: the library would build the same bytes anew for every socket.
    size = len(data)
    if size < 126:
        return bytes((_TEXT_MESSAGE, size)) + data
    if size < 2**16:
        return struct.pack(">BBH", _TEXT_MESSAGE, 126, size) + data
    return struct.pack(">BBQ", _TEXT_MESSAGE, 127, size) + data


def jittered_ms(seconds: float) -> int:
    """Spread reconnects: 50 to 150 per cent of the given time, in milliseconds."""
    return round(1000 * jittered(seconds, 0.5, 1.5))


def control(content: dict[str, Any]) -> bytes:
    """Say something of the transport: a named event without an id, so the cursor does not move."""
    return b"event: stream\ndata: %b\n\n" % encode(content)
