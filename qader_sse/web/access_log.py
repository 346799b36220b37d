"""One line a request, written when its answer begins.

gunicorn's own access log waits for the answer to end: for a stream, an hour later.
Addresses are logged without their query, which may hold what is nobody's business.
"""

import logging
import time
from urllib.parse import quote

from flask import Flask, Response, g, request

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.before_request(_note_begin)
    app.after_request(_write_line)


def _note_begin() -> None:
    g.began_at = time.monotonic()


def _write_line(response: Response) -> Response:
    # A WebSocket gets here when it is over; a stream on it has written lines of its own.
    if request.url_rule is None or not request.url_rule.websocket:
        logger.info(
            "request method=%s path=%s status=%s ms=%.1f",
            request.method,
            quote(request.path),  # a line break in it would begin a line of its own
            response.status_code,
            1000 * (time.monotonic() - g.get("began_at", time.monotonic())),
        )
    return response
