"""What a transport must be able to do: encode what is written, decode what is read."""

from collections.abc import Sequence
from typing import Protocol

from qader_sse.realtime.protocol.frames import ClosingReason, Frame


class Codec(Protocol):
    """One transport, as a socket stream uses it; a codec never touches the socket."""

    @property
    def heartbeat_seconds(self) -> float | None:
        """The pause between heartbeats; None: the one in the service's settings."""

    @property
    def is_paced(self) -> bool:
        """Whether `take` may hold frames back; if not, `encode` alone will do."""

    def head(self, data: bytes) -> bytes:
        """Encode what a stream writes before all frames."""

    def encode(self, frame: Frame) -> bytes: ...

    def take(self, frames: Sequence[Frame]) -> tuple[bytes, int]:
        """Encode the frames that may be written now, and return how many these are."""

    def pause(self, frame: Frame) -> float:
        """Return for how many seconds `take` holds this frame back, if it is the next one."""

    def heartbeat(self) -> bytes | None:
        """Return a heartbeat, or None if the client has not answered the last one."""

    def closing(self, reason: ClosingReason, retry_ms: int) -> bytes:
        """Return the last bytes of a stream."""

    @property
    def end(self) -> bytes:
        """What ends the body of a stream; `closing` contains it."""

    def receive(self, data: bytes) -> bytes:
        """Decode bytes from the client; return the protocol's own answers to them."""

    def forget(self) -> None:
        """Let go of whoever gets the client's messages, because the socket is closed."""

    @property
    def max_received(self) -> int | None:
        """How many bytes a client may send in all before it is cut; None: it may send messages."""

    @property
    def is_over(self) -> bool:
        """Whether the stream has ended: closed by either side, or because the protocol was broken."""

    @property
    def may_close(self) -> bool:
        """Whether the socket may be closed once everything is written.

        On a WebSocket, only after the client has answered the close frame.
        """
