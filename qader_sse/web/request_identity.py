"""Gives each request an id: the one of a trusted proxy, or a new one."""

import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from qader_sse import request_ids
from qader_sse.web.own_host import FROM_PROXY

# In the answer, and in what a proxy sends.
HEADER = "X-Request-ID"
# Set in the environ, of time.monotonic.
BEGAN_AT = "qader_sse.began_at"
_KEY = "qader_sse.request_id"


class IdentifiesRequests:
    """The outermost layer of the app: all that it does for a request is caused by its id."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[BEGAN_AT] = time.monotonic()
        token = request_ids.current.set(request_id(environ))
        try:
            return self._app(environ, start_response)
        finally:
            request_ids.current.reset(token)


def request_id(environ: WSGIEnvironment) -> str:
    """Return the id of a request.

    It is only taken from a trusted proxy: a client could name the id of somebody else's request, and so
    confuse whoever reads the log.
    """
    found: str | None = environ.get(_KEY)
    if found is None:
        sent = environ.get("HTTP_X_REQUEST_ID", "") if environ.get(FROM_PROXY) else ""
        found = sent if request_ids.is_acceptable(sent) else request_ids.make()
        environ[_KEY] = found
    return found
