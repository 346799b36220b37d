"""A stream that the dispatcher writes into a socket of its own, without a greenlet.

While it is quiet, a stream is this object, its connection and its socket, which is watched together
with all others. Everything here runs on the event loop and never blocks: a socket takes as many
bytes as it has space for, and pages of the log are read by greenlets of the dispatcher.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.protocol.frames import ClosingReason, Frame, jittered_ms
from qader_sse.realtime.streams.client_socket import LINGER_SECONDS, ClientSocket
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.failures import ends_on_failure
from qader_sse.realtime.streams.log_reader import retry_seconds
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.tallies import PUSHED, Tally

logger = logging.getLogger(__name__)

# Limits unread answers to a client's WebSocket messages; unread frames are one page at most.
_MAX_UNSENT_BYTES = 256 * 1024


@dataclass(eq=False, slots=True, kw_only=True)
class SocketStream(ClientSocket):
    """Writes a connection's frames: `push` when there may be new ones, `tick` when a timer ends."""

    connection: Connection
    is_waiting_for_push: bool = False
    kind = PUSHED
    _ahead: Sequence[Frame] = ()  # taken from the subscriptions, and not yet written
    # The connection's subscription, if what is delivered may go to its client as it is.
    _only: Subscription | None = None
    _received: int = 0  # bytes, where the codec limits them
    _is_pausing: bool = False  # a timer will continue
    _is_reading: bool = False  # a greenlet reads the log

    @ends_on_failure
    def begin(self, start: StreamStart, head: bytes = b"") -> None:
        """Write the opening and the first frames at once, and from now on every frame that comes.

        `head` is that of the answer, if it is still to be written: it goes out with them.
        """
        self.watch()  # first, because whatever fails from here on counts the socket out again
        self.connection.begin(self)
        if not self.codec.is_paced:
            self._only = self.connection.plain_subscription
        self._ahead = start.frames
        opening = head + self.codec.head(start.head)
        if self.connection.closing:
            self._write(opening)
        else:
            self._write_frames(start.frames, opening)
        self.push()
        self.tick()

    def wake(self) -> None:
        self.dispatcher.schedule_push(self)

    @property
    def is_settled(self) -> bool:
        return not (self._unsent or self._ahead or self._is_reading)

    def send(self, data: bytes) -> None:
        """Write bytes that are no frame; cut a client that sends messages and reads no answers."""
        if len(self._unsent) > _MAX_UNSENT_BYTES:
            self.connection.close("slow")
            self.cut()
        elif not self._is_ended:
            self._write(data)

    def deliver(self, delivery: Delivery) -> Tally | None:
        """Write the delivery as it is if the client lacks nothing else, as is usual; else push."""
        only = self._only
        is_busy = self._unsent or self._ahead or self._is_reading or self._is_ended
        if only is None or only.cursor != delivery.after or is_busy:
            self.push()
            return None
        if delivery.codec is not self.codec:
            delivery.render(only.viewer, self.codec)
        if delivery.is_last:
            self.push()  # which also ends the stream
            return None
        only.cursor = delivery.head
        only.sent += delivery.frames
        try:  # not by `_write`, which takes more calls: nearly every socket takes all of it
            sent = self.socket.send(delivery.data)
        except OSError:
            sent = 0
        self._active_at = self.dispatcher.now
        if unsent := delivery.data[sent:]:
            self._write(unsent)  # which meets the same obstacle, and sees to it
        for frame in delivery.traced:
            self.connection.note_traced(frame, self.dispatcher.time)
        return self.connection.tally

    def push(self) -> None:
        """Write all frames that are in memory, or as many as the socket takes.

        If it has to stop for a full socket, a pause or a read of the log, it is called again when
        that is over.
        """
        if self._unsent or self._is_ended:
            return
        connection = self.connection
        if connection.closing:
            self._write_closing(connection.closing)
            return
        if self._is_reading or (self._ahead and not self._write_frames(self._ahead)):
            return
        frames = connection.take_recent()
        if frames is None:
            self._is_reading = True
            self.dispatcher.schedule_read(self)
        elif self._write_frames(frames) and connection.is_over:
            self.finish(self.codec.end)

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
            # All readers were busy, or after a failover the log has less than was announced: read
            # it again after a pause, not in a loop.
            self.dispatcher.schedule_resume(retry_seconds(), self)

    def _write_frames(self, frames: Sequence[Frame], opening: bytes = b"") -> bool:
        """Write as many frames as the socket takes, keep the others; return whether all went out.

        The opening of a stream goes out with the first of them: each send costs as much as ten
        frames, and is a packet of its own.
        """
        while (frames or opening) and not (self._unsent or self._is_ended):
            data, count = self.codec.take(frames) if frames else (b"", 0)
            if not (count or opening):
                if not self._is_pausing:
                    self._is_pausing = True
                    self.dispatcher.schedule_resume(self.codec.pause(frames[0]), self)
                break
            self._write(opening + data)
            opening = b""
            self.connection.note_written(frames[:count], self.dispatcher.time)
            frames = frames[count:]
        self._ahead = frames or ()  # no empty list for each quiet stream
        return not (frames or self._is_ended)

    def _take(self, data: bytes) -> None:
        if self.codec.max_received is not None:
            self._received += len(data)
            if self._received > self.codec.max_received:
                logger.warning("a client that keeps sending into its event stream is cut")
                self.cut()
                return
        answer = self.codec.receive(data)
        if answer:
            self.send(answer)
        if self.codec.is_over and not self.is_cut:
            self._end()
            self._await_the_clients_end()

    def _do_what_is_due(self, now: float) -> None:
        if self._unsent and not self._is_ended:
            self.connection.close("slow")  # the client does not read
        if self._unsent or self._is_ended:
            self.cut()
        elif self.connection.close_if_due(now):
            return
        elif (heartbeat := self.codec.heartbeat()) is None:
            self.connection.close("slow")
        else:
            self._write(heartbeat)

    def _due_at(self) -> float:
        timeouts = self.connection.services.timeouts
        if self._unsent:
            return self._active_at + timeouts.peer_timeout_seconds
        if self._is_ended:
            return self._active_at + LINGER_SECONDS
        heartbeat_seconds = self.codec.heartbeat_seconds or timeouts.heartbeat_seconds
        return min(self._active_at + heartbeat_seconds, self.connection.ends_at)

    def _write_closing(self, reason: ClosingReason) -> None:
        retry_ms = jittered_ms(self.connection.services.timeouts.retry_seconds)
        self.finish(self.codec.closing(reason, retry_ms))

    def _end(self) -> None:
        self._is_ended = True
        self.connection.detach()  # which notes whether anything was not written
        self._ahead = ()
