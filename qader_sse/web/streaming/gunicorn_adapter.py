"""Takes a connection away from gunicorn: from there on it is the hub's.

gunicorn neither logs nor counts nor drains what was taken; the streams do all three.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent import socket as gevent_socket
from gevent.monkey import get_original

# What Python had before gevent replaced it: nobody ever waits in these.
_plain_socket = get_original("socket", "socket")
_plain_pair = get_original("socket", "socketpair")

# A duel's largest frame fits; what does not is in the log. By itself Linux lets each socket grow
# to some 4 MB of unsent frames.
_SEND_BUFFER_BYTES = 32 * 1024
_RELAY_BYTES = 16 * 1024


def bound_buffer(connection: Any) -> None:
    """Bound what a reader that takes nothing can hold of the kernel's memory."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)


def is_plain(connection: object) -> bool:
    """Whether bytes can be written past gunicorn: not where it speaks TLS."""
    return type(connection) is gevent_socket.socket


def take(connection: Any) -> socket.socket:
    """Return the connection as a socket that never blocks; its server finds it closed."""
    taken: socket.socket = _plain_socket(fileno=connection.detach())
    taken.setblocking(False)
    bound_buffer(taken)
    return taken


def stand_in(connection: Any) -> tuple[socket.socket, Callable[[], None]]:
    """Return a plain socket in place of one with TLS, and what carries the bytes until the end."""
    near, far = _plain_pair()
    near.setblocking(False)
    inner = gevent_socket.socket(fileno=far.detach())

    def carry() -> None:
        inbound = gevent.spawn(_copy_in, connection, inner)
        with suppress(OSError):
            while data := inner.recv(_RELAY_BYTES):
                connection.sendall(data)
        inbound.kill()
        inner.close()

    return near, carry


def _copy_in(connection: Any, inner: Any) -> None:
    with suppress(OSError):
        while True:
            if not connection.pending():
                gevent_socket.wait_read(connection.fileno())  # a client may be silent for long
            data = connection.recv(_RELAY_BYTES)
            if not data:
                break
            inner.sendall(data)
    with suppress(OSError):
        inner.shutdown(socket.SHUT_WR)
