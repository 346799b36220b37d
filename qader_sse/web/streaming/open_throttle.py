"""Two streams open at a time, so that no answer waits behind thousands that reconnect at once."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gevent.lock import BoundedSemaphore

from qader_sse.web.streaming import gunicorn_adapter

# How many streams open at the same time. With two, one computes while the other waits for
# PostgreSQL; more would leave too little time to the other requests, which are not throttled.
_AT_ONCE = 2
# After this long a stream opens all the same: the limit only smooths, and those that open now may
# be stuck.
_LONGEST_WAIT_SECONDS = 10.0


class OpenThrottle:
    """Lets two streams open at a time; requests for others wait here, before any work on them."""

    def __init__(
        self, app: WSGIApplication, longest_wait_seconds: float = _LONGEST_WAIT_SECONDS
    ) -> None:
        self._app = app
        self._longest_wait_seconds = longest_wait_seconds
        self._slots = BoundedSemaphore(_AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _opens_a_stream(environ):
            return self._app(environ, start_response)
        has_slot = self._slots.acquire(timeout=self._longest_wait_seconds)
        try:
            return self._app(environ, start_response)
        finally:
            if has_slot:
                self._slots.release()


def _opens_a_stream(environ: WSGIEnvironment) -> bool:
    # Another method may wait for a body, and a client that sends none would hold a slot as long.
    if environ.get("REQUEST_METHOD") != "GET":
        return False
    path: str = environ.get("PATH_INFO", "")
    if path.startswith("/ws/"):
        # A WebSocket under TLS in gunicorn is relayed within this call, for as long as it lives.
        return gunicorn_adapter.offered(environ).obstacle is None
    return path.startswith("/sse/")
