"""Whose pages may use the service: its own, and those of ALLOWED_ORIGINS, alike on all transports.

A browser sends the user's cookie with whatever any page asks for. It also says which page that is:
`Origin`, with every unsafe request, every WebSocket handshake and every request of a script to
another origin; and `Sec-Fetch-Site` with the others, such as images and links. No page can forge
either. Programs that are not browsers send neither, and only the cookies that they were given.

Pages of ALLOWED_ORIGINS may also read the answers: CORS, with credentials.
"""

from collections.abc import Callable
from typing import NoReturn

from flask import Flask, Request, Response, abort, jsonify, make_response, request

from qader_sse.domain.i18n import mark, translate
from qader_sse.service import service
from qader_sse.web.locale import current_locale
from qader_sse.web.own_host import called_host, is_own

_MAX_SHOWN = 200  # letters of a header in an error text
_FOREIGN = mark(
    "This request comes from a page of %(origin)s, and the service was called as %(host)s."
    " Only its own pages may do this, and those of the origins that ALLOWED_ORIGINS names."
)
_UNNAMED = mark(
    "This request comes from a page of another origin that the browser does not name"
    " (Sec-Fetch-Site: %(site)s), and the service was called as %(host)s. Only its own pages may do"
    " this, and with CORS those of the origins that ALLOWED_ORIGINS names."
)
# `same-site` is another origin too: another port, or another subdomain.
_OTHER_PAGES = ("cross-site", "same-site")

_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "7200",  # Chromium keeps none for longer
}


def register(app: Flask) -> None:
    app.after_request(_let_read)


def answer_or_refuse(request: Request, is_harmless: Callable[[], bool]) -> Response | None:
    """Answer a preflight, and refuse pages of other origins; return None for all other requests.

    A harmless request is answered whatever page it comes from: it only reads, and not as a user.
    """
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is None:
        site = request.environ.get("HTTP_SEC_FETCH_SITE")
        if site in _OTHER_PAGES and not is_harmless():
            _refuse(_UNNAMED, site=site)
        return None
    is_preflight = request.method == "OPTIONS" and (
        "Access-Control-Request-Method" in request.headers
    )
    if _is_allowed(origin):
        return Response(status=204, headers=_PREFLIGHT_HEADERS) if is_preflight else None
    if not is_own(origin) and (is_preflight or not is_harmless()):
        _refuse(_FOREIGN, origin=origin[:_MAX_SHOWN])
    return None


def _let_read(response: Response) -> Response:
    """Let a page of ALLOWED_ORIGINS read the answer, whatever its status."""
    if not service().settings.allowed_origins:
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None and _is_allowed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, Viewer-Id, X-Request-ID"
    return response


def _is_allowed(origin: str) -> bool:
    return origin in service().settings.allowed_origins


def _refuse(text: str, **fields: str) -> NoReturn:
    host = called_host()[:_MAX_SHOWN]
    said = translate(current_locale(), text, host=host, **fields)
    abort(make_response(jsonify(detail=said), 403))
