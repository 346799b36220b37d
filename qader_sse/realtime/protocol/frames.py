"""Messages as bytes: for one viewer, on each transport."""

import struct
from dataclasses import dataclass, field
from typing import Literal

import orjson

from qader_sse.jitter import jittered

# Why the server closes a stream; clients receive these names, and of a changed password that they are
# signed out, with this as the cause.
ClosingReason = Literal[
    "draining", "max_age", "signed_out", "password_changed", "disabled", "slow", "limit"
]

# Returns JSON on one line; Arabic is not escaped.
encode = orjson.dumps

_FINAL_TEXT_FRAME = 0x81  # the FIN bit and opcode 1 (RFC 6455, 5.2)


@dataclass(slots=True, weakref_slot=True)
class Frame:
    """One message for one viewer, as JSON; `seq` is the sequence number of its event.

    The bytes for WebSockets are made once and kept: each socket is paced by itself, and takes them at a
    time of its own. Those for SSE are made each time: nearly all streams share those of a `Delivery`, and
    frames stay in memory for long.
    """

    seq: int
    type: str
    data: bytes
    is_last: bool = False  # its topic gets no more events
    committed_at: float = field(default=0.0, compare=False, repr=False)  # its event, if known
    trace: str = field(default="", compare=False, repr=False)  # the span that caused its event
    # The bytes for SSE, where they are not made of the message alone.
    _sse: bytes | None = field(default=None, init=False, compare=False, repr=False)
    _message: bytes | None = field(default=None, init=False, compare=False, repr=False)

    def seen_by(self, viewer: object) -> "Frame":
        """Return what a viewer gets of an event that all see alike: this."""
        return self

    def sse(self) -> bytes:
        # One data line is enough, because JSON escapes line breaks. There is no event field, so that
        # a browser passes every type to `onmessage`. The id comes last: widespread clients take it
        # as soon as they have read its line, and would resume after a message whose data was cut.
        return self._sse or b"data: %b\nid: %d\n\n" % (self.data, self.seq)

    def named(self, event: str, vector: bytes) -> "Frame":
        """Return the message for a stream of several topics: with the topic's name, and a vector."""
        named = Frame(self.seq, self.type, self.data, self.is_last, self.committed_at, self.trace)
        named._sse = b"event: %b\ndata: %b\nid: %b\n\n" % (event.encode(), self.data, vector)
        return named

    @classmethod
    def of_block(cls, block: bytes) -> "Frame":
        """Return a frame without a message: a block of SSE between those of other frames."""
        frame = cls(0, "", b"")
        frame._sse = block
        return frame

    def message(self) -> bytes:
        """Return the message as a WebSocket text frame of a server."""
        if self._message is None:
            self._message = text_message(self.data)
        return self._message

    def numbered(self) -> bytes:
        """Return the message with its number, as JSON."""
        return b'{"id":%d,%b' % (self.seq, self.data[1:])

    def numbered_message(self) -> bytes:
        """Return the message with its number, as a WebSocket has it that asked for ids."""
        return text_message(self.numbered())


def chunk(data: bytes) -> bytes:
    """Return a chunk of an HTTP/1.1 body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def text_message(data: bytes) -> bytes:
    """Return a WebSocket text frame, unmasked, as servers send it.

    wsproto would build these bytes once more for each socket.
    """
    size = len(data)
    if size < 126:
        return bytes((_FINAL_TEXT_FRAME, size)) + data
    if size < 2**16:
        return struct.pack(">BBH", _FINAL_TEXT_FRAME, 126, size) + data
    return struct.pack(">BBQ", _FINAL_TEXT_FRAME, 127, size) + data


def jittered_ms(seconds: float) -> int:
    """Return milliseconds, between half and one and a half times the given seconds."""
    return round(1000 * jittered(seconds, 0.5, 1.5))
