"""What the WebSocket's library and its deployed clients need to lose nothing."""

import time
from collections.abc import Iterable
from typing import Any, Protocol

import gevent
from gevent.lock import BoundedSemaphore

from qader_sse.realtime.frames import Frame

# Seconds a page needs to show a burst, and to show a whole challenge (measured: 99 % in 13 ms).
BURST_PAUSE, CHALLENGE_PAUSE = 0.03, 0.1


class Sender(Protocol):
    def send(self, text: str) -> None: ...


class WholeWrites:
    """A socket whose `send` writes everything, one caller at a time.

    simple-websocket calls `send` and ignores how much was written: to a slow reader,
    half a frame, and with a pong from the reading side in the middle of it.
    """

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._lock = BoundedSemaphore(1)

    def send(self, data: bytes) -> int:
        with self._lock:
            self._socket.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


class Pace:
    """Gives a client that keeps only its latest message the time to look at it.

    Within a burst the last message tells most, so it is sent at once. Two bursts that
    meet are another matter: of two answers within a few milliseconds, the first score
    would be lost until the next one, and of a snapshot with an answer behind it, the
    whole challenge until its end. Both were seen in the deployed client.
    """

    def __init__(self, ws: Sender) -> None:
        self._ws = ws
        self._free_at = 0.0
        self._last_type = ""

    def send_all(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.send(frame)

    def send(self, frame: Frame) -> None:
        # Start and end replace all that came before; an update belongs to its result.
        at_once = frame.type in ("challenge.start", "challenge.end")
        if not at_once and self._last_type != "answer.result":
            gevent.sleep(max(0.0, self._free_at - time.monotonic()))
        self._ws.send(frame.text)
        is_whole = frame.type.startswith("challenge.")
        self._free_at = time.monotonic() + (CHALLENGE_PAUSE if is_whole else BURST_PAUSE)
        self._last_type = frame.type
