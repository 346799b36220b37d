"""The WebSocket as a wire: wsproto speaks the protocol, the deployed clients set the pace."""

import time
from collections.abc import Callable, Mapping, Sequence

from wsproto import WSConnection
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

from qader_sse.realtime.protocol.frames import ClosingReason, Frame

Listen = Callable[[str | bytes], object]

# Nothing a client may say is longer than a few words; the library's input is otherwise unbounded.
_MOST_SAID = 4096
_PING_SECONDS = 25.0
# A close reason holds 123 bytes; in Arabic that is some sixty letters.
_MOST_REASON_BYTES = 123

RESTART, POLICY, TRY_LATER = 1012, 1008, 1013
NOT_SIGNED_IN, NOT_A_PARTICIPANT, NOT_FOUND = 4001, 4003, 4004
CLOSE_CODES: dict[ClosingReason, int] = {
    "draining": RESTART,
    "max_age": RESTART,
    "limit": TRY_LATER,
    "slow": POLICY,
    "disabled": POLICY,
    "signed_out": NOT_SIGNED_IN,
}
# The headers of an opening handshake (RFC 6455, 4.1), and where WSGI has them.
_HANDSHAKE = tuple(
    (name, f"HTTP_{name.upper().replace('-', '_')}")
    for name in ("Host", "Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
)


class WebSocketCodec:
    """One client's side of the conversation, after the handshake."""

    __slots__ = ("_connection", "_listen", "_owes_pong", "_pace", "_said", "_said_size", "is_over")

    transport = "websocket"
    heartbeat_seconds = _PING_SECONDS
    is_paced = True

    def __init__(self, connection: Connection, listen: Listen) -> None:
        self._connection = connection
        self._listen = listen
        self._pace = Pace()
        # The parts of a message that is not complete.
        self._said: list[str | bytes | bytearray] = []
        self._said_size = 0
        self._owes_pong = False
        self.is_over = False

    def head(self, data: bytes) -> bytes:
        return data

    def encode(self, frame: Frame) -> bytes:
        return frame.message()

    def pause(self, upcoming: Frame) -> float:
        return self._pace.pause(upcoming, time.monotonic())

    def take(self, upcoming: Sequence[Frame]) -> tuple[bytes, int]:
        frame = upcoming[0]
        if self.pause(frame) > 0:
            return b"", 0
        self._pace.sent(frame, time.monotonic())
        return self.encode(frame), 1

    def heartbeat(self) -> bytes | None:
        if self._owes_pong:
            return None
        self._owes_pong = True
        return self._connection.send(Ping())

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return close_message(self._connection, CLOSE_CODES[reason], reason)

    def receive(self, data: bytes) -> bytes:
        self._owes_pong = False
        answers = b""
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                answers += self._answer(event)
        except (LocalProtocolError, RemoteProtocolError):
            self.is_over = True
        return answers

    def _answer(self, event: Event) -> bytes:
        match event:
            case TextMessage() | BytesMessage():
                return self._collect(event)
            case Ping():
                return self._connection.send(event.response())
            case CloseConnection():
                self.is_over = True
                return self._connection.send(event.response())
            case Pong():
                return b""
        return b""

    def _collect(self, event: TextMessage | BytesMessage) -> bytes:
        self._said.append(event.data)
        self._said_size += max(1, len(event.data))  # an empty part takes room as well
        if self._said_size > _MOST_SAID:
            self.is_over = True
            return close_message(
                self._connection, CloseReason.MESSAGE_TOO_BIG, "Message is too big"
            )
        if event.message_finished:
            said, self._said, self._said_size = self._said, [], 0
            self._listen(said[0][:0].join(said))  # type: ignore[arg-type]  # all text or all bytes
        return b""


def accept(environ: Mapping[str, str]) -> tuple[bytes, Connection]:
    """Return the server's half of the opening handshake, and the connection that it opens.

    Raises RemoteProtocolError where the request lacks what a handshake needs. Compression is
    not offered: it would cost each quiet connection more memory than all the rest of it.
    """
    headers = "".join(f"{name}: {environ[key]}\r\n" for name, key in _HANDSHAKE if key in environ)
    opening = WSConnection(ConnectionType.SERVER)
    opening.receive_data(f"GET / HTTP/1.1\r\n{headers}\r\n".encode("latin-1"))
    head = opening.send(AcceptConnection())
    if opening.connection is None:
        raise RemoteProtocolError("the handshake is not complete")
    return head, opening.connection


def close_message(connection: Connection, code: int, reason: str) -> bytes:
    return connection.send(CloseConnection(code, short_reason(reason)))


def short_reason(reason: str) -> str:
    return reason.encode()[:_MOST_REASON_BYTES].decode(errors="ignore")


# Seconds a page needs to show a burst, and to show a whole challenge (measured: 99 % in 13 ms).
BURST_PAUSE, CHALLENGE_PAUSE = 0.03, 0.1


class Pace:
    """Gives a client that keeps only its latest message the time to look at it.

    Within a burst the last message tells most, so it is sent at once. Two bursts that
    meet are another matter: of two answers within a few milliseconds, the first score
    would be lost until the next one, and of a snapshot with an answer behind it, the
    whole challenge until its end. Both were seen in the deployed client.
    """

    __slots__ = ("_free_at", "_last_type")

    def __init__(self) -> None:
        self._free_at = 0.0
        self._last_type = ""

    def pause(self, upcoming: Frame, now: float) -> float:
        """Return for how many seconds this frame has to wait."""
        # Start and end replace all that came before; an update belongs to its result.
        at_once = upcoming.type in ("challenge.start", "challenge.end")
        if at_once or self._last_type == "answer.result":
            return 0.0
        return max(0.0, self._free_at - now)

    def sent(self, frame: Frame, now: float) -> None:
        is_whole = frame.type.startswith("challenge.")
        self._free_at = now + (CHALLENGE_PAUSE if is_whole else BURST_PAUSE)
        self._last_type = frame.type
