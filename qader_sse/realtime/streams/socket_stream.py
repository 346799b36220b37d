"""A stream that the hub pushes into a socket it was handed: no greenlet, parser or environ.

While it is quiet, it is this object, its socket and one watcher of the event loop.
Everything here runs on the loop and must not block: the socket takes what it takes, and
what only the log can tell is fetched by one of the dispatcher's greenlets.
"""

import logging
import socket as sockets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gevent

from qader_sse.realtime.protocol.frames import ClosingReason, Frame, jittered_ms
from qader_sse.realtime.protocol.sse import Codec
from qader_sse.realtime.streams.subscription import Stream, away_pause_seconds

if TYPE_CHECKING:
    from qader_sse.realtime.streams.dispatcher import Dispatcher

logger = logging.getLogger(__name__)

_READ, _WRITE = 1, 2  # as the event loop counts them
_RECEIVE_BYTES = 4096
# Beside the frames, of which at most one page waits: answers to a client that does not take them.
_MOST_UNSENT_BYTES = 256 * 1024
# After the last word, so long for the client to close first: what it has not read would be lost.
_LINGER_SECONDS = 2.0


@dataclass(eq=False, slots=True, kw_only=True)
class SocketStream(Stream):
    """Driven by the loop: `push` writes what there is, `tick` comes when its time is up."""

    dispatcher: "Dispatcher"
    codec: Codec
    socket: sockets.socket  # not blocking
    slot: int = 0  # the wheel's
    is_waiting_for_push: bool = False
    _ahead: Sequence[Frame] = ()  # taken, and not yet written
    _unsent: bytes = b""
    _active_at: float = 0.0  # when the socket last took something, or began to be full
    _is_attached: bool = False
    _is_over: bool = False  # the last word is said, or the client is gone
    _is_pausing: bool = False  # a timer will push it
    _is_behind: bool = False  # a greenlet is reading the log for it
    _on_input: Any = None
    _on_room: Any = None  # only while the socket is full

    def begin(self, head: bytes) -> None:
        """Write the first bytes and frames, and from now on what follows.

        Called where the hub expects the topic since before the start was read.
        """
        self.attach(self.codec.transport, is_buffered=True)
        self._is_attached = True
        self.dispatcher.add(self)
        self._on_input = gevent.get_hub().loop.io(self.socket.fileno(), _READ)
        self._on_input.start(self.guarded, self._receive)
        self._ahead, self.first = self.first, ()
        self._write(head)
        self.push()
        self.tick()

    def wake(self) -> None:
        self.dispatcher.schedule_push(self)

    def close(self, reason: ClosingReason) -> None:
        self.closing = self.closing or reason
        self.dispatcher.schedule_push(self)

    def say(self, data: bytes) -> None:
        """Write something that is no frame; cut a client that asks and does not listen."""
        if len(self._unsent) > _MOST_UNSENT_BYTES:
            self.closing = self.closing or "slow"
            self.cut()
        elif not self._is_over:
            self._write(data)

    def push(self) -> None:
        """Write what is next: all that the tail has, or as much as the socket takes.

        What comes later wakes the stream again.
        """
        if self._unsent or self._is_over:
            return  # whoever waits for room pushes again
        if self.closing:
            self._say_goodbye(self.closing)
            return
        if self._is_behind or (self._ahead and not self._write_frames(self._ahead)):
            return
        if not self.codec.is_paced and (frame := self.take_newest()):
            self._write(self.codec.encode(frame))
            return
        upcoming = self.take()
        if upcoming is None:
            self._is_behind = True
            self.dispatcher.schedule_read(self)
        elif upcoming:
            self._write_frames(upcoming)

    def tick(self) -> None:
        """Look at the time: for a heartbeat, a peer that is too slow, a stream that is too old."""
        now = time.monotonic()
        if now >= self._due_at():
            if self._unsent or self._is_over:
                self.cut()  # takes nothing, or does not close
            elif now >= self.ends_at:
                self.close("max_age")
            else:
                self._beat()
        if not self.is_cut:
            self.dispatcher.wheel.set(self, self._due_at())

    def paused(self) -> None:
        """Go on after a pause."""
        self._is_pausing = False
        self.push()

    def caught_up(self, frames: Sequence[Frame]) -> None:
        """Take what the log has for it, a page at most."""
        self._is_behind = False
        if self._is_over:
            return
        self._ahead = frames
        if frames or self.closing:
            self.push()
        else:
            # A standby that took over may know less than was announced: do not ask it all the time.
            self.dispatcher.schedule_push_in(away_pause_seconds(), self)

    def guarded(self, step: Callable[..., None], *given: object) -> None:
        """Take a step; whatever goes wrong in it ends this stream alone."""
        try:
            step(*given)
        except Exception:
            logger.exception("a stream could not go on and is cut")
            self.cut()

    def cut(self) -> None:
        """Let go of everything at once."""
        if self.is_cut:
            return
        self._leave()
        self._stop_watching()
        self.socket.close()
        self._unsent = b""
        self.dispatcher.remove()

    @property
    def is_cut(self) -> bool:
        return self.socket.fileno() < 0

    def _write_frames(self, upcoming: Sequence[Frame]) -> bool:
        """Write frames as far as it goes, keep the others; return whether none is left."""
        while upcoming and not (self._unsent or self._is_over):
            data, count = self.codec.take(upcoming)
            if not count:
                if not self._is_pausing:
                    self._is_pausing = True
                    self.dispatcher.schedule_push_in(self.codec.pause(upcoming[0]), self)
                break
            upcoming = upcoming[count:]
            self._write(data)
        self._ahead = upcoming
        return not upcoming

    def _write(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.cut()
            return
        self._active_at = self.dispatcher.now
        if sent < len(data):
            self._wait_for_room(data[sent:])
        elif self._is_over:
            self._finish()

    def _wait_for_room(self, unsent: bytes) -> None:
        self._unsent = unsent
        if self._on_room is None:
            self._on_room = gevent.get_hub().loop.io(self.socket.fileno(), _WRITE)
        self._on_room.start(self.guarded, self._go_on)
        self.dispatcher.wheel.set(self, self._due_at())

    def _go_on(self) -> None:
        """The socket has room again."""
        self._on_room.stop()
        unsent, self._unsent = self._unsent, b""
        self._write(unsent)
        self.push()

    def _receive(self) -> None:
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.cut()
        elif not self._is_over:
            answer = self.codec.receive(data)
            if answer:
                self.say(answer)
            if self.codec.is_over and not self.is_cut:
                self._leave()
                if not self._unsent:
                    self._finish()

    def _beat(self) -> None:
        beat = self.codec.heartbeat()
        if beat is None:
            self.close("slow")
        else:
            self._write(beat)

    def _due_at(self) -> float:
        """Return when, of time.monotonic, there is something to do if nothing happens before."""
        if self._unsent:
            return self._active_at + self.timeouts.peer_timeout_seconds
        if self._is_over:
            return self._active_at + _LINGER_SECONDS
        beat = self.codec.heartbeat_seconds or self.timeouts.heartbeat_seconds
        return min(self._active_at + beat, self.ends_at)

    def _say_goodbye(self, reason: ClosingReason) -> None:
        words = self.codec.closing(reason, jittered_ms(self.timeouts.retry_seconds))
        self._leave()
        self._write(words)

    def _leave(self) -> None:
        self._is_over = True
        self._ahead = ()
        self._leave_hub()

    def _finish(self) -> None:
        """Tell the end, and read on: what is unread when a socket is closed resets its client."""
        with suppress(OSError):
            self.socket.shutdown(sockets.SHUT_WR)
        self.dispatcher.wheel.set(self, self._due_at())

    def _leave_hub(self) -> None:
        if self._is_attached:
            self._is_attached = False
            self.detach(self.codec.transport)

    def _stop_watching(self) -> None:
        for watcher in (self._on_input, self._on_room):
            if watcher is not None:
                watcher.stop()
                watcher.close()
