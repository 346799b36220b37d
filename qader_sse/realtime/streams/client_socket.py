"""A client's socket on the event loop: written without blocking, and closed so that nothing is lost.

Closing has an order. A socket that is closed with unread input is reset, and the client, or a proxy
before it, may lose the last bytes. So the client is to close first: the end of the body, or a
WebSocket's close frame, shows it that nothing more comes, and what it still sends is read.
"""

import logging
import socket as sockets
import time
from contextlib import suppress
from dataclasses import dataclass

from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.failures import ends_on_failure

logger = logging.getLogger(__name__)

_RECEIVE_BYTES = 4096
# After our last bytes the client has this long to answer them and to close.
LINGER_SECONDS = 2.0


@dataclass(eq=False, slots=True, kw_only=True)
class ClientSocket:
    """Writes bytes as the socket takes them, and reads what the client sends.

    A refused WebSocket needs no more: `refuse` it with the close frame. A stream is a `SocketStream`.
    """

    dispatcher: Dispatcher
    codec: Codec
    socket: sockets.SocketType  # non-blocking
    slot: int = 0  # of the timer wheel
    _unsent: bytes = b""
    _active_at: float = 0.0  # when the socket last took bytes, or had no space for more
    _is_ended: bool = False  # the last bytes are written, or the client has closed

    def watch(self) -> None:
        """Begin to read what the client sends."""
        self.dispatcher.add()
        self.dispatcher.watched.add(self)

    @ends_on_failure
    def refuse(self, last: bytes) -> None:
        """Take over a socket on which there will be no stream, and `finish` it."""
        self.watch()
        self.finish(last)

    @ends_on_failure
    def finish(self, last: bytes) -> None:
        """Write the last bytes and close the socket in order."""
        self._end()
        self._write(last)

    @ends_on_failure
    def receive_early(self, data: bytes) -> None:
        """Receive what the client has sent before its socket was handed over."""
        if data and not self.is_cut:
            self._receive_bytes(data)

    def push(self) -> None:
        """Called when the socket has taken unsent bytes: a stream writes its next frames here.

        A refused socket has none.
        """

    @ends_on_failure
    def tick(self) -> None:
        """Do what is due now; called when the socket's timer in the timer wheel ends."""
        now = time.monotonic()
        if now >= self._due_at():
            self._do_what_is_due(now)
        if not self.is_cut:
            self.dispatcher.wheel.set(self, self._due_at())

    def fail(self) -> None:
        """Cut the socket because of the exception that is being handled; never raises."""
        logger.exception("a stream failed and is cut")
        with suppress(Exception):
            self.cut()

    def cut(self) -> None:
        """Close the socket at once and release everything."""
        if self.is_cut:
            return
        self.dispatcher.watched.remove(self)
        self.socket.close()
        self.dispatcher.remove()
        self._end()
        self._unsent = b""
        self.codec.forget()

    @property
    def is_cut(self) -> bool:
        return self.socket.fileno() < 0

    def _take(self, data: bytes) -> None:
        """Called with what the client sends before the end. A refused socket ignores it."""

    def _do_what_is_due(self, now: float) -> None:
        self.cut()  # the client has not read the last bytes, or not closed

    def _due_at(self) -> float:
        """Return the time, of time.monotonic, of the next tick if nothing happens before."""
        return self._active_at + LINGER_SECONDS

    def _end(self) -> None:
        self._is_ended = True

    def _write(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._unsent = data
            self.cut()
            return
        self._active_at = self.dispatcher.now
        if unsent := data[sent:]:
            self._wait_for_space(unsent)
        elif self._is_ended:
            self._await_the_clients_end()

    def _wait_for_space(self, unsent: bytes) -> None:
        self._unsent = unsent
        self.dispatcher.watched.await_space(self)
        self.dispatcher.wheel.set(self, self._due_at())

    @ends_on_failure
    def when_writable(self) -> None:
        """Write what the socket had no space for."""
        self.dispatcher.watched.stop_awaiting_space(self)
        unsent, self._unsent = self._unsent, b""
        self._write(unsent)
        self.push()
        if not self.is_cut:
            # While bytes were unsent, the timer was set to cut the client; now a heartbeat is due.
            self.dispatcher.wheel.set(self, self._due_at())

    @ends_on_failure
    def when_readable(self) -> None:
        """Read what the client has sent, or that it has closed."""
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._receive_bytes(data)
        else:
            self.cut()

    def _receive_bytes(self, data: bytes) -> None:
        if not self._is_ended:
            self._take(data)
        elif not self.codec.may_close:
            self.codec.receive(data)
            self._await_the_clients_end()

    def _await_the_clients_end(self) -> None:
        """Half-close if the transport allows it by now, and read on until the client closes.

        A WebSocket's client answers the close frame first. Through a proxy that is the only way:
        nginx closes its connection to the client as soon as we half-close ours, and what the client
        sends then is answered by a reset.
        """
        if self.codec.may_close and not self._unsent:
            with suppress(OSError):
                self.socket.shutdown(sockets.SHUT_WR)
        self.dispatcher.wheel.set(self, self._due_at())
