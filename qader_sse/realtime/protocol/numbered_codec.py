"""WebSockets that ask for ids: messages with their numbers, and what the transport says of itself.

Without numbers a client cannot tell a reset from a replay, nor where it is after a snapshot.
"""

from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.control_messages import OVER
from qader_sse.realtime.protocol.frames import ClosingReason, Frame
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec


class NumberedCodec(WebSocketCodec):
    """A WebSocket whose messages have a third key, `id`, among messages of the type `stream`."""

    __slots__ = ()

    def encode(self, frame: Frame) -> bytes:
        # The socket itself stays open after the last message, as one without ids does.
        over = control_messages.message(OVER) if frame.is_last else b""
        return frame.numbered_message() + over

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        said = control_messages.message(control_messages.ending(reason, retry_ms))
        return said + super().closing(reason, retry_ms)
