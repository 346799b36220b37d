"""Everything that reaches below gevent's guide: sockets it has not patched, and its event loop.

| used here | for | what breaks when it changes |
|---|---|---|
| `gevent.monkey.get_original` | sockets that never switch greenlets | the import fails, the worker does not start |
| `detach()` of gevent's sockets | taking a connection from gunicorn | the self-test fails, streams become WSGI streams |
| `gevent.ssl.SSLSocket` | recognising a connection with TLS | the import fails, the worker does not start |
| `select.epoll` and `select.poll`, which gevent removes | one watcher for all streams, where a greenlet for each would cost 20 KiB | no stream opens |
| `loop.io(fd, 1)` | that watcher, and one per idle connection | the self-test fails, streams become WSGI streams |
| `loop.run_callback` | writing on the next iteration of the event loop | the self-test fails, streams become WSGI streams |
| `loop.timer(seconds, ref=False)` | one timer per idle connection | no request can be read |
| `loop.timer(seconds, seconds)` | looking at a `poll` again and again, where there is no `epoll` | no stream opens |
| `_sock` of gevent's sockets | ending idle and slow connections | these last until the process ends |
| `StreamServer.max_accept` | accepting few connections per iteration | a storm of reconnections delays open connections |
| `StreamServer.wrap_socket_and_handle`, replaced | a deadline for the handshake of TLS | clients that make none hold their connections |

gevent documents the methods of `loop` as an internal interface that may change. They are used all
the same, because its public functions for this start a greenlet for each wait.
"""

import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import gevent
from gevent import socket as gevent_socket
from gevent import ssl as gevent_ssl
from gevent.monkey import get_original
from gevent.server import StreamServer

# The type below `socket.socket`, which adds forty bytes for what a stream has no use for.
_plain_socket = get_original("socket", "SocketType")
_plain_socketpair = get_original("socket", "socketpair")
HAS_EPOLL = sys.platform == "linux"

# The event mask of libev and libuv, which gevent passes on without a name for it.
_READ = 1

# A duel's largest frame fits; what does not fit is in the event log. Without a limit, Linux lets
# each socket grow to some 4 MB of unsent frames.
_SEND_BUFFER_BYTES = 32 * 1024
# The same for ordinary answers. The page's largest file fits, so that few writers have to wait.
_ANSWER_BUFFER_BYTES = 128 * 1024
_RELAY_BYTES = 16 * 1024
# When thousands reconnect at once, those that are open already are served in between. With several
# workers, gunicorn itself accepts one.
_ACCEPTS = 4
_LOOK_SECONDS = 0.02  # the pause between two looks at a `poll`
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class HasDescriptor(Protocol):
    def fileno(self) -> int: ...


def call_soon(callback: Callable[[], None]) -> None:
    """Call back on the loop's next iteration, in gevent's hub, where nothing may block."""
    gevent.get_hub().loop.run_callback(callback)


def call_later(seconds: float, callback: Callable[[], None]) -> Any:
    """Call back later in gevent's hub, where nothing may block; return a timer to `close`."""
    timer = gevent.get_hub().loop.timer(seconds, ref=False)
    timer.start(callback)
    return timer


def when_readable(connection: HasDescriptor, callback: Callable[..., None], *given: object) -> Any:
    """Return a watcher that calls back, in gevent's hub, whenever there is something to read.

    It refers to the callback until `stop` and `close`; call both before the socket is closed.
    """
    watcher = gevent.get_hub().loop.io(connection.fileno(), _READ)
    watcher.start(callback, *given)
    return watcher


def watch_many(callback: Callable[[], None], *, has_epoll: bool) -> tuple[Any, Any]:
    """Return an `epoll`, and a watcher that calls back, in gevent's hub, when that has something to tell.

    An `epoll` can be watched like a socket. Systems other than Linux have a `poll` in its place, which
    cannot, and is looked at again and again. gevent removes both from their module, because they might
    block.
    """
    if has_epoll:
        many = get_original("select", "epoll")()
        return many, when_readable(many, callback)
    watcher = gevent.get_hub().loop.timer(_LOOK_SECONDS, _LOOK_SECONDS)
    watcher.start(callback)
    return _PlainPoll(), watcher


class _PlainPoll:
    """`select.poll` with the calls of an `epoll`."""

    def __init__(self) -> None:
        plain = get_original("select", "poll")()
        self.register, self.modify, self.unregister = plain.register, plain.modify, plain.unregister
        self._poll = plain.poll

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        told: list[tuple[int, int]] = self._poll(timeout)
        return told[:most]

    def close(self) -> None:
        """Do nothing: it holds no descriptor of its own."""


def stop_reading(connection: Any) -> None:
    """Let the greenlet that reads find the end of the input, after what the kernel has received by now.

    The `shutdown` of gevent's sockets would raise an error in the greenlet that reads.
    """
    connection._sock.shutdown(socket.SHUT_RD)  # noqa: SLF001


def abort(connection: Any) -> None:
    """Let the greenlet that writes fail; what the client has not taken is discarded at the close."""
    plain = connection._sock  # noqa: SLF001
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    plain.shutdown(socket.SHUT_RDWR)


def limit_accepts() -> None:
    """Limit the connections that a server started later accepts in one iteration of the loop."""
    StreamServer.max_accept = _ACCEPTS


def shake_hands_later() -> None:
    """Have servers started later pass on connections with TLS before their handshake.

    gevent makes it first, and waits for it without end.
    """

    def wrap_socket_and_handle(server: Any, client: Any, address: Any) -> None:
        wrap = server.wrap_socket
        with wrap(client, do_handshake_on_connect=False, **server.ssl_args) as wrapped:
            server.handle(wrapped, address)

    StreamServer.wrap_socket_and_handle = wrap_socket_and_handle  # type: ignore[method-assign, assignment]


def is_plain(connection: object) -> bool:
    """Return whether the client gets the bytes written into the descriptor: not with TLS."""
    return isinstance(connection, gevent_socket.socket) and not isinstance(
        connection, gevent_ssl.SSLSocket
    )


def detach(connection: Any) -> socket.SocketType:
    """Take the descriptor out of one of gevent's sockets, as a socket that never blocks.

    The former owner finds its socket closed.
    """
    taken: socket.SocketType = _plain_socket(fileno=connection.detach())
    taken.setblocking(False)
    limit_send_buffer(taken)
    return taken


def limit_send_buffer(connection: Any) -> None:
    """Limit the kernel memory that a client which reads nothing of its stream can hold."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)


def limit_answer_buffer(connection: Any) -> None:
    """Limit how many answers a client can have the server compute of which it reads none."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_BUFFER_BYTES)


def relay(connection: Any) -> tuple[socket.SocketType, Callable[[], None]]:
    """Return a plain socket that stands for another one, and a function that relays between them.

    For connections with TLS, and for those that a failed self-test does not allow to detach.

    The function blocks its greenlet for as long as the connection lives.
    """
    near, far = _plain_socketpair()
    near.setblocking(False)
    inner = gevent_socket.socket(fileno=far.detach())

    def copy() -> None:
        inbound = gevent.spawn(_copy_in, connection, inner)
        with suppress(OSError):
            while data := inner.recv(_RELAY_BYTES):
                connection.sendall(data)
        inbound.kill()
        inner.close()

    return near, copy


def _copy_in(connection: Any, inner: Any) -> None:
    with suppress(OSError):
        while True:
            # TLS may have decrypted bytes that were not read, which the descriptor does not show.
            if is_plain(connection) or not connection.pending():
                # Without a timeout: a client may send nothing for as long as it likes.
                gevent_socket.wait_read(connection.fileno())
            data = connection.recv(_RELAY_BYTES)
            if not data:
                break
            inner.sendall(data)
    with suppress(OSError):
        inner.shutdown(socket.SHUT_WR)
