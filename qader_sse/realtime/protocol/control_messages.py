"""What an SSE stream says of itself: control messages, the client's cursor, the reconnection time."""

from typing import Any

from qader_sse.realtime.protocol.frames import ClosingReason, encode

HEARTBEAT = b": heartbeat\n\n"


def control(content: dict[str, Any]) -> bytes:
    """Return a named event, which `onmessage` does not see, without an id, so no cursor moves."""
    return b"event: stream\ndata: %b\n\n" % encode(content)


def opened(mode: str, after: int, head: int) -> bytes:
    """Say from which cursor the stream begins, and how far its topic reaches at this moment."""
    return control({"state": "open", "mode": mode, "after": after, "head": head})


def closing(reason: ClosingReason, retry_ms: int) -> bytes:
    """Say why the stream ends, and after which time the client is to reconnect."""
    message = control({"state": "closing", "reason": reason, "retry_ms": retry_ms})
    return retry(retry_ms) + message  # a native EventSource obeys the retry field only


def retry(milliseconds: int) -> bytes:
    """Set the client's reconnection time."""
    return b"retry: %d\n\n" % milliseconds


def set_cursor(cursor: bytes) -> bytes:
    """Set the client's last event id without a message: without data, no event is dispatched.

    A client that was cut before its first message would otherwise reconnect without a cursor, and
    miss what happened in between.
    """
    return b"id: %b\n\n" % cursor
