"""Streams open one after the other: an answer never waits behind thousands who come back."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gevent.lock import BoundedSemaphore

from qader_sse.web.streaming import gunicorn_adapter

# At a time: enough to use the waits for PostgreSQL, few enough that everybody else, who takes no
# turn here, comes in between.
_AT_ONCE = 2
# Then one goes on without: a turn is a courtesy, and those who have them may be stuck.
_LONGEST_WAIT_SECONDS = 10.0


class OpenThrottle:
    """Let a few streams open at a time; the others wait before anything was done for them."""

    def __init__(
        self, app: WSGIApplication, longest_wait_seconds: float = _LONGEST_WAIT_SECONDS
    ) -> None:
        self._app = app
        self._longest_wait_seconds = longest_wait_seconds
        self._turns = BoundedSemaphore(_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _opens_a_stream(environ):
            return self._app(environ, start_response)
        has_turn = self._turns.acquire(timeout=self._longest_wait_seconds)
        try:
            return self._app(environ, start_response)
        finally:
            if has_turn:
                self._turns.release()


def _opens_a_stream(environ: WSGIEnvironment) -> bool:
    # Another method may wait for a body, and who sends none would hold a turn for as long.
    if environ.get("REQUEST_METHOD") != "GET":
        return False
    path: str = environ.get("PATH_INFO", "")
    if path.startswith("/ws/"):
        # With TLS in gunicorn, this call lasts as long as the socket does: see `stand_in`.
        return gunicorn_adapter.is_plain(environ.get("gunicorn.socket"))
    return path.startswith("/sse/")
