"""How a pushed stream is written: Server-Sent Events, in the chunks of HTTP/1.1 or without."""

from collections.abc import Sequence
from typing import Protocol

from qader_sse.realtime.protocol import frames
from qader_sse.realtime.protocol.frames import HEARTBEAT, ClosingReason, Frame


class Codec(Protocol):
    """One transport, as `SocketStream` needs it; the socket is not its business."""

    @property
    def transport(self) -> str:
        """The name for the log."""

    @property
    def heartbeat_seconds(self) -> float | None:
        """How often a sign of life is due; None: as the service is set."""

    @property
    def is_paced(self) -> bool:
        """Whether `take` may hold frames back; `encode` alone will do where it may not."""

    def head(self, data: bytes) -> bytes:
        """Return the first bytes of a stream as they are written."""

    def encode(self, frame: Frame) -> bytes:
        """Return one frame as it is written."""

    def pause(self, upcoming: Frame) -> float:
        """Return how many seconds this frame has to wait for the client's sake."""

    def take(self, upcoming: Sequence[Frame]) -> tuple[bytes, int]:
        """Return what to write now, and how many frames that is; none: `pause` tells when."""

    def heartbeat(self) -> bytes | None:
        """Return a sign of life, or None where the client owes one for too long."""

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        """Return the last words."""

    def receive(self, data: bytes) -> bytes:
        """Take what the client sent; return what is to be answered at once."""

    @property
    def is_over(self) -> bool:
        """Whether the client has ended the conversation."""


class SseCodec:
    """Server-Sent Events on a connection that closes with the stream, as in HTTP/1.0."""

    transport = "sse"
    heartbeat_seconds = None
    is_over = False
    is_paced = False

    def encode(self, frame: Frame) -> bytes:
        return frame.sse()

    def pause(self, upcoming: Frame) -> float:
        return 0.0

    def take(self, upcoming: Sequence[Frame]) -> tuple[bytes, int]:
        return b"".join([self.encode(frame) for frame in upcoming]), len(upcoming)

    def head(self, data: bytes) -> bytes:
        return data

    def heartbeat(self) -> bytes | None:
        return HEARTBEAT

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return frames.closing(reason, retry_ms)

    def receive(self, data: bytes) -> bytes:
        return b""  # nothing a client says here means anything


class ChunkedSseCodec(SseCodec):
    """The same in the chunks of HTTP/1.1."""

    _HEARTBEAT = frames.chunk(HEARTBEAT)

    def encode(self, frame: Frame) -> bytes:
        return frame.chunk()

    def head(self, data: bytes) -> bytes:
        return frames.chunk(data)

    def heartbeat(self) -> bytes | None:
        return self._HEARTBEAT

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return frames.chunk(super().closing(reason, retry_ms)) + frames.chunk(b"")


# They know nothing of the stream they serve, so one of each is enough.
SSE, CHUNKED_SSE = SseCodec(), ChunkedSseCodec()
