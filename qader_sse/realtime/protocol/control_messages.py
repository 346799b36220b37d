"""What a stream says of itself: control messages, the client's cursor, the reconnection time.

On SSE, a heartbeat, a cursor and a reconnection time end with one newline, and so belong to the
block that follows them. With an empty line they would be blocks without data, which a browser
ignores, but which widespread clients hand to the page as an event without data.
"""

from typing import Any

from qader_sse.realtime.protocol.frames import ClosingReason, Frame, encode, text_message

HEARTBEAT = b": heartbeat\n"
OVER: dict[str, Any] = {"state": "over"}


def control(content: dict[str, Any]) -> bytes:
    """Return a named event, which `onmessage` does not see, without an id of its own."""
    return b"event: stream\ndata: %b\n\n" % encode(content)


def message(content: dict[str, Any]) -> bytes:
    """Return a control message as a WebSocket has it that asked for such: one among the others."""
    return text_message(encode({"type": "stream", "payload": content}))


def opening(mode: str, after: int, head: int) -> dict[str, Any]:
    """Say from which cursor the stream begins, and how far its topic reaches at this moment."""
    return {"state": "open", "mode": mode, "after": after, "head": head}


def ending(reason: ClosingReason, retry_ms: int) -> dict[str, Any]:
    """Say why the stream ends, and after which time the client is to reconnect."""
    content: dict[str, Any] = {"state": "closing", "reason": reason, "retry_ms": retry_ms}
    if reason == "password_changed":
        content |= {"reason": "signed_out", "cause": reason}
    return content


def closing(reason: ClosingReason, retry_ms: int) -> bytes:
    """Return the last block of a stream; a native EventSource obeys its retry field only."""
    return retry(retry_ms) + control(ending(reason, retry_ms))


def over(topic: str | None = None) -> Frame:
    """Say, after a topic's last message, that none follows; name the topic if given."""
    return Frame.of_block(control({"topic": topic} | OVER if topic else OVER))


def retry(milliseconds: int) -> bytes:
    """Set the client's reconnection time."""
    return b"retry: %d\n" % milliseconds


def set_cursor(cursor: bytes) -> bytes:
    """Set the client's last event id, together with the control message that follows.

    A client that was cut before its first message would otherwise reconnect without a cursor, and
    miss what happened in between.
    """
    return b"id: %b\n" % cursor
