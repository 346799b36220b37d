"""Which host this service is to its clients, and which pages are therefore its own."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request

# Set in the environ by the server's layer if the peer is a proxy whose headers are trusted.
FROM_PROXY = "qader_sse.from_proxy"


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


def called_host() -> str:
    """Return the host, with the port, that the client called, as it wrote it but in small letters."""
    # Not `request.host`: Werkzeug replaces a malformed host by an empty one.
    host: str = request.environ.get("HTTP_HOST", "")
    return host.lower()


def is_own(origin: str) -> bool:
    """Return whether an `Origin` is that of the service's own pages."""
    try:
        scheme, page_host, *_ = urlsplit(origin.lower())
    except ValueError:
        return False
    # The scheme may differ behind a proxy that terminates TLS, so only the hosts are compared. For
    # the same reason either default port may be in `Host`: `$host:$server_port` in nginx.
    page_host = page_host.removesuffix({"https": ":443", "http": ":80"}.get(scheme, ""))
    host = called_host()
    return page_host != "" and page_host in (host, *map(host.removesuffix, (":443", ":80")))
