"""A stream that is the body of a response, for servers that do not hand their sockets over."""

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass, field

from gevent.event import Event as Signal

from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.protocol.control_messages import HEARTBEAT
from qader_sse.realtime.protocol.frames import Frame, jittered_ms
from qader_sse.realtime.protocol.sse_codec import SSE
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.log_reader import retry_seconds
from qader_sse.realtime.streams.tallies import PULLED, Kind
from qader_sse.store.errors import StoreUnavailable

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class WsgiStream:
    """Iterated by the server, in a greenlet of its own that waits here for new frames."""

    connection: Connection
    is_left: bool = False
    kind: Kind = PULLED
    is_settled: bool = True  # the server has written all frames that were yielded
    _signal: Signal = field(default_factory=Signal)

    def wake(self) -> None:
        self._signal.set()

    def deliver(self, delivery: Delivery) -> None:
        self._signal.set()

    def fail(self) -> None:
        """End because of the exception that is being handled."""
        logger.exception("a stream failed and is ended")
        self.leave()

    def leave(self) -> None:
        """End without a closing message: the client is gone, or the stream has failed."""
        self.is_left = True
        self._signal.set()

    def body(self, start: StreamStart) -> Generator[bytes]:
        """Yield the head, frames and heartbeats, and the closing message."""
        batches = self.batches(start)
        try:
            yield start.head
            del start  # a quiet stream must not hold the snapshot that it sent: some 20 KB
            for batch in batches:
                yield SSE.take(batch)[0] or HEARTBEAT
                now = self.connection.services.clock().timestamp()
                self.connection.note_written(batch, now)
                del batch
        finally:
            batches.close()
            self.connection.detach()  # `batches` detaches only if its iteration has begun
        if self.connection.closing:
            retry_ms = jittered_ms(self.connection.services.timeouts.retry_seconds)
            yield SSE.closing(self.connection.closing, retry_ms)

    def batches(self, start: StreamStart) -> Generator[list[Frame]]:
        """Yield frames as they come; an empty list says that a heartbeat is due.

        Ends when the connection is closed, left or over.
        """
        connection, first = self.connection, list(start.frames)
        del start
        connection.begin(self)
        try:
            if first and not connection.closing:
                self.is_settled = False
                yield first
                self.is_settled = True
            del first
            while not (self.is_left or connection.closing or connection.is_over):
                # Cleared before frames are taken: one that comes later then ends the wait below.
                self._signal.clear()
                frames, seconds = self._take()
                if frames:
                    self.is_settled = False
                    yield frames
                    self.is_settled = True
                    del frames
                elif not self._signal.wait(min(seconds, connection.seconds_left)):
                    yield []
                connection.close_if_due(time.monotonic())
        finally:
            connection.detach()

    def _take(self) -> tuple[list[Frame], float]:
        """Return the next frames, and for how many seconds to wait if there are none."""
        try:
            return self.connection.take_next(), self.connection.services.timeouts.heartbeat_seconds
        except StoreUnavailable:
            # The stream stays open and silent. Nothing wakes it when the log can be read again, so
            # try in a while.
            return [], retry_seconds()
        except Exception:  # noqa: BLE001  # fail() logs it
            self.fail()
            return [], 0.0
