"""Which host this service is to its clients, and which pages may therefore use it."""

from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import abort, jsonify, make_response, request

from qader_sse.domain.i18n import mark, translate
from qader_sse.web.locale import current_locale

# Set in the environ by the server's layer if the peer is a proxy whose headers are trusted.
FROM_PROXY = "qader_sse.from_proxy"

_SAFE = ("GET", "HEAD", "OPTIONS")
_MAX_SHOWN = 200  # letters of a header in an error text

_FOREIGN = mark(
    "This request comes from a page of %(origin)s, and the service was called as %(host)s."
    " Only its own pages may do this."
)


class ForwardedHost:
    """Replaces `Host` by the `X-Forwarded-Host` of a trusted proxy: the host the client called.

    So links in answers name that host as well. Where proxies stand behind each other, the first
    host in the header is the one that the client called.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        forwarded = environ.get("HTTP_X_FORWARDED_HOST", "").partition(",")[0].strip()
        if forwarded and environ.get(FROM_PROXY):
            environ["HTTP_HOST"] = forwarded
        return self._app(environ, start_response)


def require_own_origin() -> None:
    """Refuse requests that a page of another site makes a browser send with the user's cookie.

    Browsers send the page's origin with every unsafe request and every WebSocket handshake.
    Programs that are not browsers send no origin, and only the cookies that they were given.
    """
    is_socket = request.environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    origin = request.headers.get("Origin")
    if origin is None or (request.method in _SAFE and not is_socket):
        return
    # The header is read as the client sent it: Werkzeug replaces a malformed host by an empty one.
    host = request.environ.get("HTTP_HOST", "").lower()
    if not _is_own(origin, host):
        _refuse(origin, host)


def _is_own(origin: str, host: str) -> bool:
    try:
        scheme, page_host, *_ = urlsplit(origin.lower())
    except ValueError:
        return False
    # The scheme may differ behind a proxy that terminates TLS, so only the hosts are compared. For
    # the same reason either default port may be in `Host`: `$host:$server_port` in nginx.
    page_host = page_host.removesuffix({"https": ":443", "http": ":80"}.get(scheme, ""))
    return page_host != "" and page_host in (host, *map(host.removesuffix, (":443", ":80")))


def _refuse(origin: str, host: str) -> NoReturn:
    text = translate(current_locale(), _FOREIGN, origin=origin[:_MAX_SHOWN], host=host[:_MAX_SHOWN])
    abort(make_response(jsonify(detail=text), 403))
