"""When a request arrived: rules compare this with deadlines, not when a busy server came to it."""

import socket
import struct
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from wsgiref.types import WSGIEnvironment

from qader_sse.flask_context import current_request
from qader_sse.service import service

_ARRIVED_AT = "qader_sse.arrived_at"
# Where Linux's `struct tcp_info` says for how many milliseconds no data has come.
_SINCE_LAST_DATA = struct.Struct("=52xI")
# The kernel counts them in ticks, of up to ten milliseconds. One is left out, so that no request
# counts as earlier than it was.
_TICK_MS = 10


def note(
    environ: WSGIEnvironment, connection: socket.socket, clock: Callable[[], datetime]
) -> None:
    """Note when a request arrived, as soon as the whole of it has been read from its connection.

    That is when its last byte came: who sends the body slowly gains nothing by an early head.
    """
    environ[_ARRIVED_AT] = clock() - _since_last_data(connection)


def arrived_at() -> datetime:
    """Return when the current request arrived. Under another server than gunicorn, that is now."""
    noted: datetime | None = current_request().environ.get(_ARRIVED_AT)
    return noted or service().clock()


def _since_last_data(connection: socket.socket) -> timedelta:
    """Return for how long the last bytes that came have been waiting in the kernel, or were in work.

    What the client sends next can only make that shorter. Zero where the kernel does not know: of a
    unix socket, and on other systems than Linux.
    """
    if sys.platform != "linux":
        return timedelta(0)
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SINCE_LAST_DATA.size)
    except OSError:
        return timedelta(0)
    (milliseconds,) = _SINCE_LAST_DATA.unpack(info)
    return timedelta(milliseconds=max(0, milliseconds - _TICK_MS))
