"""What is written to one viewer's connection."""

import json
import random
from dataclasses import dataclass, field
from typing import Any, Literal

from qader_sse.domain.events import Event
from qader_sse.domain.present import Viewer, message, perspective

HEARTBEAT = b": heartbeat\n\n"

ClosingReason = Literal["draining", "max_age", "signed_out", "disabled", "slow", "limit"]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Frame:
    """One message for one viewer, encoded: `seq` is its event's number in the topic."""

    seq: int
    type: str
    text: str

    def sse(self) -> bytes:
        # One data line: JSON escapes every line break. No event field: onmessage sees all types.
        return f"id: {self.seq}\ndata: {self.text}\n\n".encode()


@dataclass(slots=True)
class Entry:
    """An event in memory, with the frames made of it: one per distinct view, not per socket."""

    event: Event
    _frames: dict[object, Frame] = field(default_factory=dict)

    def frame(self, viewer: Viewer) -> Frame:
        key = perspective(self.event, viewer)
        frame = self._frames.get(key)
        if frame is None:
            text = encode(message(self.event, viewer))
            frame = self._frames[key] = Frame(self.event.seq, self.event.type, text)
        return frame


def encode(content: Any) -> str:
    """Write JSON on one line; Arabic stays readable."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def opening(mode: str, after: int, head: int) -> bytes:
    """Say how the stream begins: from where, and how far the topic reaches at this moment."""
    return _control({"state": "open", "mode": mode, "after": after, "head": head})


def closing(reason: ClosingReason, retry_ms: int) -> bytes:
    # The retry field too: a native EventSource obeys that one.
    said = _control({"state": "closing", "reason": reason, "retry_ms": retry_ms})
    return retry(retry_ms) + said


def retry(milliseconds: int) -> bytes:
    return f"retry: {milliseconds}\n\n".encode()


def position(seq: int) -> bytes:
    """Set the client's cursor without a message: no data, so no event is dispatched.

    Otherwise a client cut before its first message would come back without a cursor
    and miss what happened in between.
    """
    return f"id: {seq}\n\n".encode()


def jittered_ms(seconds: float) -> int:
    """Spread reconnects: 50 to 150 per cent of the given time, in milliseconds."""
    return round(1000 * seconds * random.uniform(0.5, 1.5))  # noqa: S311  # spreading, not secrecy


def _control(content: dict[str, Any]) -> bytes:
    # A named event without an id: onmessage never sees it, the cursor does not move.
    return f"event: stream\ndata: {encode(content)}\n\n".encode()
