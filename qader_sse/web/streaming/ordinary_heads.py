"""Reads the requests that nearly all are, in a few calls.

gunicorn makes several calls for each field of a head. Here one regular expression tells that a head
is ordinary: gunicorn would take each of its lines as it stands, so the same pieces are cut out of it
at once. Of every other head, gunicorn's own parser gets all bytes. What is refused, what is too long,
and what fields mean for the body, the scheme and the peer's trust is decided by gunicorn alone. A body
that has come with such a head, as nearly all do, is at hand: nothing has to wait for it or discard it.

| used here | for | what breaks when it changes |
|---|---|---|
| `http.RequestParser`, `wsgi.base_environ`, `util.unquote_to_wsgi_str`, replaced | having gunicorn use ours | nothing: it uses its own, and is slower |
| `WSGIErrorsWrapper(cfg)` | finding where errors of the app go | nothing that is written to them is seen |
| `Parser.finish_body()`, replaced, and `.mesg` | not looking for what is left of a body | the next request of a connection is not read |
| `Request.set_body_reader()`, `.body`, `LengthReader.length` | taking a body that is there | requests are not answered |
| `Unreader.take_buffered()`, `.unread()` | as above | as above |
| `Request.parse(unreader)`, replaced, and what it sets | reading a head | requests are not answered, or read otherwise |
| `HeaderPolicy`, which `Request` is: the methods used here | what gunicorn decides by a field's name | as above |
| `cfg.settings`, and that `Config` looks up what it lacks | finding settings at once | as above |
| `RFC9110_5_3_SINGLETON_FIELDS` | gunicorn's own rule for names | the worker does not start |
"""

import io
import re
from functools import lru_cache
from typing import Any
from wsgiref.types import WSGIEnvironment

from gunicorn import http, util
from gunicorn.http import wsgi
from gunicorn.http.message import RFC9110_5_3_SINGLETON_FIELDS, HeaderPolicy, Request
from gunicorn.http.parser import RequestParser

# Visible ASCII, and spaces inside: gunicorn neither strips nor refuses anything of it.
_VALUE = "[!-~](?:[ -~]*[!-~])?"
# A path, perhaps a query, but no fragment; names without an underscore.
_ORDINARY_HEAD = re.compile(
    r'([A-Z]{3,20}) ((/[!-"$->@-~]*)(?:\?([!-"$-~]*))?) HTTP/1\.([01])'
    rf"((?:\r\n[A-Za-z0-9-]+: ?{_VALUE})*)"
)
_FIELD = re.compile(r"\r\n([^:]+): ?([^\r]+)")
_base_environ, _unquoted = wsgi.base_environ, util.unquote_to_wsgi_str
# Where gunicorn's policy decides something by a name. The names that tell the scheme are settings.
_UNDER_POLICY = RFC9110_5_3_SINGLETON_FIELDS | {"EXPECT"}


def install(cfg: Any) -> None:
    """Have gunicorn read ordinary heads in a few calls, in this process and with these settings."""
    # No worker changes them once it has started, and `Config` makes two calls to find one.
    vars(cfg).update({name: setting.get() for name, setting in cfg.settings.items()})
    http.RequestParser = OrdinaryParser
    wsgi.base_environ = base_environ
    util.unquote_to_wsgi_str = unquoted


def base_environ(cfg: Any) -> WSGIEnvironment:
    """Return what the environ of each request begins with, for one request to keep."""
    return dict(_same_for_all(cfg))


def unquoted(path: str) -> str:
    """Return a path of a request as the environ has it; few have anything to unquote."""
    return _unquoted(path) if "%" in path or not path.isascii() else path


class OrdinaryRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """A request of gunicorn's. Its head is read here if it is ordinary, and has arrived whole."""

    body: Any
    came_whole = False  # whether `body` is in memory, and no longer a reader of the connection
    _came_behind_head = -1  # how many bytes came with an ordinary head; -1 if the head is none

    def parse(self, unreader: Any) -> bytes:
        """Set what the head says, and return what has been received after it."""
        data: bytes = unreader.read()
        # A head below the lower of the two limits has no line that is too long.
        limit = min(self.limit_request_line, self.limit_request_field_size)
        end = data.find(b"\r\n\r\n", 0, limit)
        if end >= 0 and self._read_ordinary(data[:end].decode("latin-1")):
            behind = data[end + 4 :]
            self._came_behind_head = len(behind)
            return behind
        unreader.unread(data)
        rest: bytes = super().parse(unreader)
        return rest

    def set_body_reader(self) -> None:
        """Have gunicorn find how the body is framed, and take one of a known size that is there."""
        super().set_body_reader()
        size = getattr(self.body.reader, "length", None)  # of chunks, there is none
        if size is None or size > self._came_behind_head:
            return
        behind = self.unreader.take_buffered() if self._came_behind_head else b""
        if size < self._came_behind_head:  # the next request
            self.unreader.unread(behind[size:])
        self.body, self.came_whole = io.BytesIO(behind[:size]), True

    def _read_ordinary(self, head: str) -> bool:
        found = _ORDINARY_HEAD.fullmatch(head)
        are_too_many = head.count("\r\n") > self.limit_request_fields
        if found is None or are_too_many or self.cfg.proxy_protocol != "off":
            return False
        self.method, self.uri, self.path, query, minor, fields = found.groups()
        self.query, self.fragment, self.version = query or "", "", (1, int(minor))
        self.headers = [(name.upper(), value) for name, value in _FIELD.findall(fields)]
        self._apply_policy()
        return True

    def _apply_policy(self) -> None:
        """Have gunicorn decide by the names: what comes twice, `Expect`, the scheme of proxies."""
        has_scheme, seen = [False], set[str]()
        scheme_headers, forwarder_headers = self._peer_trusted_for_forwarded()
        for name, value in self.headers:
            if name in _UNDER_POLICY or name in scheme_headers:
                self._apply_header_policy(
                    name, value, has_scheme, seen, scheme_headers, forwarder_headers
                )

    def _peer_is_trusted_proxy(self) -> bool:
        return _is_trusted(self.cfg, self.peer_addr[:1])


class OrdinaryParser(RequestParser):  # type: ignore[misc]  # gunicorn has no types
    """Reads the requests of a connection, one after the other."""

    mesg_class = OrdinaryRequest

    def finish_body(self, *limits: Any, **named_limits: Any) -> bool:
        """Discard what the app has left of a body on the connection: nothing of one that came whole."""
        if self.mesg is not None and self.mesg.came_whole:
            return True
        return bool(super().finish_body(*limits, **named_limits))


class _Errors(io.RawIOBase):
    """`wsgi.errors`: looks where gunicorn's errors go once something is written, as nearly never is."""

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg

    def write(self, data: Any) -> None:  # text, as gunicorn's own takes
        wsgi.WSGIErrorsWrapper(self._cfg).write(data)


@lru_cache(maxsize=16)
def _same_for_all(cfg: Any) -> WSGIEnvironment:
    return {**_base_environ(cfg), "wsgi.errors": _Errors(cfg)}


@lru_cache(maxsize=1_024)
def _is_trusted(cfg: Any, peer: Any) -> bool:
    """Return what gunicorn finds of a peer, without its port, and would find anew for each request."""
    policy = HeaderPolicy()
    policy.cfg, policy.peer_addr = cfg, peer
    return bool(policy._peer_is_trusted_proxy())  # noqa: SLF001  # gunicorn's own rule
