"""Streams open one after the other: an answer never waits behind thousands who come back."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gevent.lock import BoundedSemaphore

from qader_sse.web import handover

# At a time: enough to use the waits for PostgreSQL, few enough that everybody else, who takes no
# turn here, comes in between.
_AT_ONCE = 2


class OpeningTurns:
    """Let a few streams open at a time; the others wait before anything was done for them."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._turns = BoundedSemaphore(_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _opens_a_stream(environ):
            return self._app(environ, start_response)
        with self._turns:
            return self._app(environ, start_response)


def _opens_a_stream(environ: WSGIEnvironment) -> bool:
    path: str = environ.get("PATH_INFO", "")
    if path.startswith("/ws/"):
        # With TLS in gunicorn, this call lasts as long as the socket does: see `stand_in`.
        return handover.is_plain(environ.get("gunicorn.socket"))
    return path.startswith("/sse/")
