"""Server-Sent Events, in a body that ends with its connection or in the chunks of HTTP/1.1."""

from collections.abc import Sequence

from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.control_messages import HEARTBEAT
from qader_sse.realtime.protocol.frames import ClosingReason, Frame, chunk


class SseCodec:
    """A body without a length, as in HTTP/1.0: it ends when the connection is closed."""

    heartbeat_seconds = None
    is_paced = False
    # After its request a client has nothing to send. A proxy may still pass on the rest of a body.
    max_received = 64 * 1024
    is_over = False
    may_close = True
    end = b""

    def head(self, data: bytes) -> bytes:
        return data

    def encode(self, frame: Frame) -> bytes:
        return frame.sse()

    def take(self, frames: Sequence[Frame]) -> tuple[bytes, int]:
        return b"".join([frame.sse() for frame in frames]), len(frames)

    def pause(self, frame: Frame) -> float:
        return 0.0

    def heartbeat(self) -> bytes | None:
        return HEARTBEAT

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return control_messages.closing(reason, retry_ms)

    def receive(self, data: bytes) -> bytes:
        return b""  # after its request, a client has nothing to send

    def forget(self) -> None:
        """Do nothing: nobody gets messages."""


class ChunkedSseCodec(SseCodec):
    """A body in the chunks of HTTP/1.1."""

    end = chunk(b"")
    _HEARTBEAT = chunk(HEARTBEAT)

    def head(self, data: bytes) -> bytes:
        return chunk(data)

    def encode(self, frame: Frame) -> bytes:
        return chunk(frame.sse())

    def take(self, frames: Sequence[Frame]) -> tuple[bytes, int]:
        data, count = SSE.take(frames)  # all of them in one chunk
        return chunk(data), count

    def heartbeat(self) -> bytes | None:
        return self._HEARTBEAT

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        return chunk(super().closing(reason, retry_ms)) + self.end


# Codecs of SSE have no state, so all streams share one of each.
SSE, CHUNKED_SSE = SseCodec(), ChunkedSseCodec()
