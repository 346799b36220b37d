"""A stream that the dispatcher writes into a socket of its own, without a greenlet.

While it is quiet, a stream is this object, its connection, its socket and one watcher of the event
loop. Everything here runs on the event loop and never blocks: a socket takes as many bytes as it
has space for, and pages of the log are read by greenlets of the dispatcher.
"""

import logging
import socket as sockets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.protocol.frames import ClosingReason, Frame, jittered_ms
from qader_sse.realtime.streams import gevent_adapter
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.failures import ends_on_failure
from qader_sse.realtime.streams.log_reader import retry_seconds
from qader_sse.realtime.streams.subscription import Subscription

logger = logging.getLogger(__name__)

_RECEIVE_BYTES = 4096
# Limits the answers to WebSocket messages that a client does not read; one page limits frames.
_MAX_UNSENT_BYTES = 256 * 1024
# After our last bytes the client has this long to close first: if we did, it could lose them.
_LINGER_SECONDS = 2.0


@dataclass(eq=False, slots=True, kw_only=True)
class SocketStream:
    """Writes a connection's frames: `push` when there may be new ones, `tick` when a timer ends."""

    connection: Connection
    dispatcher: Dispatcher
    codec: Codec
    socket: sockets.socket  # non-blocking
    slot: int = 0  # of the timer wheel
    is_waiting_for_push: bool = False
    _ahead: Sequence[Frame] = ()  # taken from the subscriptions, and not yet written
    _unsent: bytes = b""
    _only: Subscription | None = None  # without others, its newest frame is written by a short way
    _active_at: float = 0.0  # when the socket last took bytes, or had no space for more
    _is_ended: bool = False  # the closing message is written, or the client has closed
    _is_pausing: bool = False  # a timer will continue
    _is_reading: bool = False  # a greenlet reads the log
    _on_readable: Any = None
    _on_writable: Any = None  # from the first time that the socket has no space

    @ends_on_failure
    def begin(self, start: StreamStart) -> None:
        """Write the head and the first frames, and from now on every frame that comes."""
        self.connection.begin(self)
        if not self.codec.is_paced:
            self._only = self.connection.only_subscription
        self.dispatcher.add(self)
        self._on_readable = gevent_adapter.when_readable(self.socket, self._receive)
        self._ahead = start.frames
        self._write(self.codec.head(start.head))
        self.push()
        self.tick()

    def wake(self) -> None:
        self.dispatcher.schedule_push(self)

    def send(self, data: bytes) -> None:
        """Write bytes that are no frame; cut a client that sends messages and reads no answers."""
        if len(self._unsent) > _MAX_UNSENT_BYTES:
            self.connection.close("slow")
            self.cut()
        elif not self._is_ended:
            self._write(data)

    def push(self) -> None:
        """Write all frames that are in memory, or as many as the socket takes.

        Whatever hinders it now, be it a full socket, a pause or the log, pushes again afterwards.
        """
        if self._unsent or self._is_ended:
            return
        connection = self.connection
        if connection.closing:
            self._write_closing(connection.closing)
            return
        if self._is_reading or (self._ahead and not self._write_frames(self._ahead)):
            return
        if self._only is not None and (frame := self._only.take_newest()):
            self._write(self.codec.encode(frame))
            return
        frames = connection.take_recent()
        if frames is None:
            self._is_reading = True
            self.dispatcher.schedule_read(self)
        elif frames:
            self._write_frames(frames)

    @ends_on_failure
    def tick(self) -> None:
        """Do what is due: a heartbeat, or the end of a stream that is too slow or too old."""
        now = time.monotonic()
        if now >= self._due_at():
            if self._unsent or self._is_ended:
                self.cut()  # the client does not read, or does not close
            elif now >= self.connection.ends_at:
                self.connection.close("max_age")
            elif (heartbeat := self.codec.heartbeat()) is None:
                self.connection.close("slow")
            else:
                self._write(heartbeat)
        if not self.is_cut:
            self.dispatcher.wheel.set(self, self._due_at())

    @ends_on_failure
    def resume(self) -> None:
        """Continue after a pause."""
        self._is_pausing = False
        self.push()

    @ends_on_failure
    def write_page(self, frames: Sequence[Frame]) -> None:
        """Write what was read from the log for this stream."""
        self._is_reading = False
        if self._is_ended:
            return
        self._ahead = frames
        if frames or self.connection.closing:
            self.push()
        else:
            # After a failover the log may have less than was announced: do not read it in a loop.
            self.dispatcher.schedule_resume(retry_seconds(), self)

    def fail(self) -> None:
        """Cut the stream because of the exception that is being handled; never raises."""
        logger.exception("a stream failed and is cut")
        with suppress(Exception):
            self.cut()

    def cut(self) -> None:
        """Close the socket at once and release everything."""
        if self.is_cut:
            return
        for watcher in filter(None, (self._on_readable, self._on_writable)):
            watcher.stop()
            watcher.close()
        self.socket.close()
        self._unsent = b""
        self.dispatcher.remove()
        self._end()

    @property
    def is_cut(self) -> bool:
        return self.socket.fileno() < 0

    def _write_frames(self, frames: Sequence[Frame]) -> bool:
        """Write as many frames as the socket takes, keep the others; return whether all went out."""
        while frames and not (self._unsent or self._is_ended):
            data, count = self.codec.take(frames)
            if not count:
                if not self._is_pausing:
                    self._is_pausing = True
                    self.dispatcher.schedule_resume(self.codec.pause(frames[0]), self)
                break
            frames = frames[count:]
            self._write(data)
        self._ahead = frames
        return not frames

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
            self._wait_for_space(data[sent:])
        elif self._is_ended:
            self._half_close()

    def _wait_for_space(self, unsent: bytes) -> None:
        self._unsent = unsent
        if self._on_writable is None:
            self._on_writable = gevent_adapter.when_writable(self.socket)
        self._on_writable.start(self._write_unsent)
        self.dispatcher.wheel.set(self, self._due_at())

    @ends_on_failure
    def _write_unsent(self) -> None:
        self._on_writable.stop()
        unsent, self._unsent = self._unsent, b""
        self._write(unsent)
        self.push()

    @ends_on_failure
    def _receive(self) -> None:
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.cut()
        elif not self._is_ended:
            answer = self.codec.receive(data)
            if answer:
                self.send(answer)
            if self.codec.is_over and not self.is_cut:
                self._end()
                if not self._unsent:
                    self._half_close()

    def _due_at(self) -> float:
        """Return the time, of time.monotonic, of the next tick if nothing happens before."""
        timeouts = self.connection.services.timeouts
        if self._unsent:
            return self._active_at + timeouts.peer_timeout_seconds
        if self._is_ended:
            return self._active_at + _LINGER_SECONDS
        heartbeat_seconds = self.codec.heartbeat_seconds or timeouts.heartbeat_seconds
        return min(self._active_at + heartbeat_seconds, self.connection.ends_at)

    def _write_closing(self, reason: ClosingReason) -> None:
        retry_ms = jittered_ms(self.connection.services.timeouts.retry_seconds)
        message = self.codec.closing(reason, retry_ms)
        self._end()
        self._write(message)

    def _end(self) -> None:
        self._is_ended = True
        self._ahead = ()
        self.connection.detach()

    def _half_close(self) -> None:
        """Tell the client that nothing more comes, and keep reading.

        A close() with unread input sends RST, and the client could lose our last frame.
        """
        with suppress(OSError):
            self.socket.shutdown(sockets.SHUT_WR)
        self.dispatcher.wheel.set(self, self._due_at())
