"""The access log: one line for each request, written when its answer begins.

gunicorn's own access log is written when the answer ends, for a stream an hour later. Addresses
are logged without their query, which may hold private data.
"""

import logging
import time
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.before_request(_start_timer)
    app.after_request(_write_line)


def write_refused(environ: WSGIEnvironment, status: str) -> None:
    """Write the line of a request that is answered before it reaches the app."""
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"))
    logger.info("request method=%s path=%s status=%s", environ["REQUEST_METHOD"], path, status[:3])


def _start_timer() -> None:
    g.began_at = time.monotonic()


def _write_line(response: Response) -> Response:
    # A WebSocket gets no line here: with TLS this runs only when it is closed, and its stream logs
    # lines of its own.
    if request.url_rule is None or not request.url_rule.websocket:
        logger.info(
            "request method=%s path=%s status=%s ms=%.1f",
            request.method,
            quote(request.path),  # quoted, so that a line break in it cannot begin another line
            response.status_code,
            1000 * (time.monotonic() - g.get("began_at", time.monotonic())),
        )
    return response
