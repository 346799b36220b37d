"""Which host and path prefix this service has to its clients, and which pages are therefore its own."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request

from qader_sse.listening_settings import is_prefix

# Set in the environ by the server's layer if the peer is a proxy whose headers are trusted.
FROM_PROXY = "qader_sse.from_proxy"

_PREFIX = "qader_sse.prefix"


class ForwardedAddress:
    """Has links in answers lead where the client called, as far as a trusted proxy says so.

    `X-Forwarded-Host` replaces `Host`: where proxies stand behind each other, the first host in the
    header is the one that the client called. `X-Forwarded-Prefix` is what was removed from the
    path, by all of them together. It is put before what the service itself removed (SCRIPT_NAME).
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        prefix = environ.get("SCRIPT_NAME", "")
        if environ.get(FROM_PROXY):
            hosts = environ.get("HTTP_X_FORWARDED_HOST")
            if hosts and (forwarded := hosts.partition(",")[0].strip()):
                environ["HTTP_HOST"] = forwarded
            if prefixes := environ.get("HTTP_X_FORWARDED_PREFIX"):
                prefix = _removed(prefixes) + prefix
        environ["SCRIPT_NAME"] = environ[_PREFIX] = prefix
        return self._app(environ, start_response)


def _removed(prefixes: str) -> str:
    parts = (prefix.strip().rstrip("/") for prefix in prefixes.split(","))
    return "".join(part for part in parts if is_prefix(part))


def called_prefix() -> str:
    """Return what stands before all paths of the service, such as `/duels`; "" without a prefix."""
    prefix: str = request.environ.get(_PREFIX, "")
    return prefix


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
