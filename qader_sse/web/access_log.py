"""The access log: one line for each request, written when its answer begins, or its stream.

gunicorn's own access log is written when the answer ends, for a stream an hour later. A line has the
route, not the address, which may name what is private. Where there is no route, the address leads
nowhere, and is what an operator has to see; it comes without its query.
"""

import logging
import time
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, Response
from werkzeug.routing import Rule

from qader_sse.flask_context import current_request
from qader_sse.web.client_address import CLIENT_ADDRESS
from qader_sse.web.request_identity import BEGAN_AT, HEADER, request_id

logger = logging.getLogger(__name__)

# Balancers and collectors ask these every few seconds, and nobody reads the lines.
_SILENT = ("/livez", "/readyz", "/metrics")
_SWITCHED = 101
_MAX_PATH = 200
# Set in the environ: what else the line of a request says; and that a stream was opened, whose line is
# written already.
_NOTED = "qader_sse.access_log"
_OPENED = "qader_sse.stream_opened"


def register(app: Flask) -> None:
    app.after_request(_finish)


def note(environ: WSGIEnvironment, **fields: object) -> None:
    """Have the line of a request say this too, such as who its user is."""
    environ.setdefault(_NOTED, {}).update(fields)


def write_opened(request: Request, stream: dict[str, object]) -> None:
    """Write the line of a request that becomes a stream. It has no other, unless it fails after all."""
    environ = request.environ
    environ[_OPENED] = True
    rule = request.url_rule
    logger.info(
        "stream opened",
        stream | {"route": rule and rule.rule, "ms": _ms(environ), "address": _address(environ)},
    )


def write_handshake(request: Request) -> None:
    """Write the line of a WebSocket's request, if it has not become a stream.

    With TLS, its answer ends only when it is closed.
    """
    if _OPENED not in request.environ:
        _write(request.environ, _SWITCHED, request.url_rule, request.view_args)


def write_refused(environ: WSGIEnvironment, status: str, size: int) -> None:
    """Write the line of a request that is answered before it reaches the app."""
    _write(environ, int(status[:3]), size=size)


def _finish(response: Response) -> Response:
    request = current_request()
    environ, rule, status = request.environ, request.url_rule, response.status_code
    response.headers.add(HEADER, request_id(environ))  # `add` does not look for an earlier one
    has_line = status == _SWITCHED or (_OPENED in environ and status < 400)
    if rule is None or not (has_line or rule.rule in _SILENT):
        length = response.headers.get("Content-Length")
        size = int(length) if length and environ["REQUEST_METHOD"] != "HEAD" else None
        _write(environ, status, rule, request.view_args, size)
    return response


def _write(
    environ: WSGIEnvironment,
    status: int,
    rule: Rule | None = None,
    view_args: dict[str, object] | None = None,
    size: int | None = None,
) -> None:
    logger.info(
        "request",
        {
            "method": environ["REQUEST_METHOD"],
            "route": rule and rule.rule,
            "path": None if rule else quote(environ["PATH_INFO"].encode("latin-1"))[:_MAX_PATH],
            "challenge": view_args.get("challenge_id") if view_args else None,
            "status": status,
            "ms": _ms(environ),
            "bytes": size,
            "address": _address(environ),
            **environ.get(_NOTED, {}),
            "request_id": request_id(environ),
        },
    )


def _ms(environ: WSGIEnvironment) -> float | None:
    began_at = environ.get(BEGAN_AT)
    return began_at and round(1000 * (time.monotonic() - began_at), 1)


def _address(environ: WSGIEnvironment) -> str | None:
    return environ.get(CLIENT_ADDRESS) or environ.get("REMOTE_ADDR")
