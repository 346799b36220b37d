"""What an SSE stream says of itself: control messages, the client's cursor, the reconnection time.

A heartbeat, a cursor and a reconnection time end with one newline, and so belong to the block that
follows them. With an empty line they would be blocks without data, which a browser ignores, but
which widespread clients hand to the page as an event without data.
"""

from typing import Any

from qader_sse.realtime.protocol.frames import ClosingReason, Frame, encode

HEARTBEAT = b": heartbeat\n"


def control(content: dict[str, Any]) -> bytes:
    """Return a named event, which `onmessage` does not see, without an id of its own."""
    return b"event: stream\ndata: %b\n\n" % encode(content)


def opened(mode: str, after: int, head: int) -> bytes:
    """Say from which cursor the stream begins, and how far its topic reaches at this moment."""
    return control({"state": "open", "mode": mode, "after": after, "head": head})


def closing(reason: ClosingReason, retry_ms: int) -> bytes:
    """Say why the stream ends, and after which time the client is to reconnect."""
    content: dict[str, Any] = {"state": "closing", "reason": reason, "retry_ms": retry_ms}
    if reason == "password_changed":
        content |= {"reason": "signed_out", "cause": reason}
    message = control(content)
    return retry(retry_ms) + message  # a native EventSource obeys the retry field only


def over(topic: str | None = None) -> Frame:
    """Say, after a topic's last message, that none follows; name the topic if given."""
    return Frame.of_block(
        control({"topic": topic, "state": "over"} if topic else {"state": "over"})
    )


def retry(milliseconds: int) -> bytes:
    """Set the client's reconnection time."""
    return b"retry: %d\n" % milliseconds


def set_cursor(cursor: bytes) -> bytes:
    """Set the client's last event id, together with the control message that follows.

    A client that was cut before its first message would otherwise reconnect without a cursor, and
    miss what happened in between.
    """
    return b"id: %b\n" % cursor
