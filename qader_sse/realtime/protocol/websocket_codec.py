"""WebSockets: wsproto speaks the protocol, frames are encoded once for all sockets."""

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from wsproto import WSConnection, frame_protocol
from wsproto.connection import Connection, ConnectionType
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from qader_sse.realtime.protocol.burst_pacing import BurstPacer
from qader_sse.realtime.protocol.frames import ClosingReason, Frame

OnMessage = Callable[[str | bytes], object]

# The only message that is acted on is {"type": "mark_ready"}, and wsproto has no limit of its own.
_MAX_MESSAGE = 4096
_PING_SECONDS = 25.0
_PING = Connection(ConnectionType.SERVER).send(Ping())
# What surrounds the content of a client's short frame: two bytes of head, and four of the mask.
_SHORT_FRAME_BYTES = 2 + 4
# A control frame holds 125 bytes, two of them the close code: some sixty Arabic letters.
_MAX_REASON_BYTES = 123

RESTART, POLICY, TRY_LATER = 1012, 1008, 1013
NOT_SIGNED_IN, NOT_A_PARTICIPANT, NOT_FOUND = 4001, 4003, 4004
CLOSE_CODES: dict[ClosingReason, int] = {
    "draining": RESTART,
    "max_age": RESTART,
    "limit": TRY_LATER,
    "slow": POLICY,
    "disabled": POLICY,
    "signed_out": NOT_SIGNED_IN,
    "password_changed": NOT_SIGNED_IN,
}
# The headers of an opening handshake (RFC 6455, 4.1), and their names in WSGI.
_HANDSHAKE = tuple(
    (name, f"HTTP_{name.upper().replace('-', '_')}")
    for name in ("Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
)
_NONCE_BYTES = 16

# A code that was registered after wsproto was written, which would take it for a mistake of the
# client. It looks the known codes up under this name.
_KNOWN_CODES = {reason.name: reason.value for reason in CloseReason} | {"BAD_GATEWAY": 1014}
frame_protocol.CloseReason = IntEnum("CloseReason", _KNOWN_CODES)  # type: ignore[misc]


class WebSocketCodec:
    """One client's WebSocket after the handshake; `on_message` gets each message it sends.

    A quiet one keeps no state of wsproto's, which would be more than half of its memory. It has one only
    while a frame or a message is under way, and from a close frame on.
    """

    __slots__ = (
        *("_connection", "_fragments", "_fragments_size", "_is_pong_due", "_on_message", "_pacer"),
        *("is_over", "may_close"),
    )

    heartbeat_seconds = _PING_SECONDS
    is_paced = True
    max_received = None
    end = b""

    def __init__(self, on_message: OnMessage) -> None:
        self._connection: Connection | None = None
        self._on_message = on_message
        self._pacer = BurstPacer()
        # The fragments so far of a message that is not complete.
        self._fragments: list[str | bytes | bytearray] | None = None
        self._fragments_size = 0
        self._is_pong_due = False
        self.is_over = self.may_close = False

    def head(self, data: bytes) -> bytes:
        return data

    def encode(self, frame: Frame) -> bytes:
        return frame.message()

    def take(self, frames: Sequence[Frame]) -> tuple[bytes, int]:
        frame = frames[0]
        if self.pause(frame) > 0:
            return b"", 0
        self._pacer.sent(frame, time.monotonic())
        return self.encode(frame), 1

    def pause(self, frame: Frame) -> float:
        return self._pacer.pause(frame, time.monotonic())

    def heartbeat(self) -> bytes | None:
        if self._is_pong_due:
            return None
        self._is_pong_due = True
        return _PING

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return self.close(CLOSE_CODES[reason], reason)

    def close(self, code: int, reason: str) -> bytes:
        """Return a close frame; a reason that is too long for it is cut, between two letters."""
        self.is_over = True
        short = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
        return self._begun().send(CloseConnection(code, short))

    def receive(self, data: bytes) -> bytes:
        self._is_pong_due = False  # whatever the client sends shows that it is alive
        was_at_rest, connection = self._connection is None, self._begun()
        answers, events = b"", []
        try:
            connection.receive_data(data)
            for event in connection.events():
                events.append(event)
                answers += self._answer(event, connection)
        except (LocalProtocolError, RemoteProtocolError):
            self.is_over = self.may_close = True
        if was_at_rest and not self.is_over and _is_one_whole_frame(data, events):
            self._connection = None
        return answers

    def forget(self) -> None:
        # It refers to the stream, which refers to this: until a collection of garbage, all would stay.
        self._on_message = unheard

    def _begun(self) -> Connection:
        self._connection = self._connection or Connection(ConnectionType.SERVER)
        return self._connection

    def _answer(self, event: Event, connection: Connection) -> bytes:
        was_over = self.is_over
        match event:
            case CloseConnection():
                self.is_over = self.may_close = True
                # What comes after our own close frame is the answer to it.
                return b"" if was_over else connection.send(event.response())
            case _ if was_over:
                return b""
            case TextMessage() | BytesMessage():
                return self._collect(event)
            case Ping():
                return connection.send(event.response())
        return b""

    def _collect(self, event: TextMessage | BytesMessage) -> bytes:
        self._fragments = fragments = self._fragments or []
        fragments.append(event.data)
        self._fragments_size += max(1, len(event.data))  # an empty fragment takes memory as well
        if self._fragments_size > _MAX_MESSAGE:
            return self.close(CloseReason.MESSAGE_TOO_BIG, "Message is too big")
        if event.message_finished:
            self._fragments, self._fragments_size = None, 0
            self._on_message(fragments[0][:0].join(fragments))  # type: ignore[arg-type]  # all of one type
        return b""


def unheard(message: str | bytes) -> None:
    """Take a message that nobody is to get: of a client that was refused, or is gone."""


def _is_one_whole_frame(data: bytes, events: Sequence[Event]) -> bool:
    """Whether these bytes were one short frame and nothing else, as nearly all that clients send is.

    A longer one has a longer head, and so does not have the length that is compared here.
    """
    match events:
        case [Ping(payload=content) | Pong(payload=content)]:
            pass
        case [BytesMessage(data=content, message_finished=True)]:
            pass
        case [TextMessage(data=text, message_finished=True)]:
            content = text.encode()
        case _:
            return False
    return len(data) == _SHORT_FRAME_BYTES + len(content)


def accept(environ: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    """Return the server's half of the opening handshake, with these headers.

    Raises RemoteProtocolError where the request lacks what a handshake needs. Compression is
    not offered: it would cost each quiet connection more memory than all the rest of it.
    """
    if environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        raise RemoteProtocolError("HTTP/1.0 has no upgrade to another protocol")
    if not _is_nonce(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")):
        raise RemoteProtocolError("the key is not sixteen bytes in base64")
    asked = "".join(f"{name}: {environ[key]}\r\n" for name, key in _HANDSHAKE if key in environ)
    opening = WSConnection(ConnectionType.SERVER)
    opening.receive_data(f"GET / HTTP/1.1\r\n{asked}\r\n".encode("latin-1"))
    extra = [(name.encode(), value.encode()) for name, value in headers.items()]
    head = opening.send(AcceptConnection(extra_headers=extra))
    if opening.connection is None:
        raise RemoteProtocolError("the handshake is not complete")
    return head


def _is_nonce(key: str) -> bool:
    try:
        return len(base64.b64decode(key.encode("latin-1"), validate=True)) == _NONCE_BYTES
    except binascii.Error:
        return False
