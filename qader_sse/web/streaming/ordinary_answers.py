"""Writes the answers that nearly all requests have, in a few calls.

gunicorn looks at each field of a head in several calls. Here all fields are looked at together: if
nothing is odd about any of them they go on as they are, else gunicorn judges them.

| used here | for | what breaks when it changes |
|---|---|---|
| `Response.process_headers()`, `.write()`, replaced, and what they set | writing a head | answers fail |
| `TOKEN_RE`, `util.is_hoppish`, `util.write` | its rules for names, and its send | the worker does not start, or answers fail |
| `wsgi.Response`, `util.http_date`, replaced | having gunicorn use ours; making the date of answers once a second | nothing: it uses its own, and is slower |
"""

import time
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.message import TOKEN_RE
from gunicorn.http.wsgi import Response

# As Werkzeug spells it. Of other spellings, gunicorn finds the size.
_SIZE = "Content-Length"
_http_date = util.http_date


def install() -> None:
    """Have gunicorn write ordinary answers in a few calls, in this process."""
    wsgi.Response = OrdinaryResponse
    util.http_date = http_date


def http_date(timestamp: float | None = None) -> str:
    """Return a date as a head has it; that of now may be up to a second old."""
    if timestamp is None:
        return _date_in(int(time.monotonic()))
    return str(_http_date(timestamp))


@lru_cache(maxsize=1)
def _date_in(_second: int) -> str:
    return str(_http_date())


class OrdinaryResponse(Response):  # type: ignore[misc]  # gunicorn has no types
    """An answer of gunicorn's, which takes ordinary fields as they are."""

    headers_sent: bool

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        try:
            are_ordinary = _are_ordinary(headers)
            sizes = [int(value) for name, value in headers if name == _SIZE]
        except (TypeError, ValueError):  # as gunicorn will find
            are_ordinary, sizes = False, []
        if not are_ordinary:
            super().process_headers(headers)
            return
        self.headers += headers
        for size in sizes:
            self.response_length = size

    def write(self, data: Any) -> None:
        """Write a part of the body; the head and a body that is whole go out in one piece."""
        is_whole = isinstance(data, bytes) and len(data) == self.response_length
        if not is_whole or self.headers_sent or self._omits_body:
            super().write(data)
            return
        whole = written_head(self) + data
        self.headers_sent = True
        self.sent = len(data)
        taken = self.sock.send(whole)
        if taken < len(whole):  # the kernel has no room for more
            util.write(self.sock, whole[taken:])


def written_head(response: Any) -> bytes:
    """Return the head of one of gunicorn's answers as it is sent."""
    fields = [f"{name}: {value}\r\n" for name, value in response.headers]
    return "".join([*response.default_headers(), *fields, "\r\n"]).encode("latin-1")


def _are_ordinary(fields: list[tuple[str, str]]) -> bool:
    """Return whether gunicorn sends all of them as they stand, and reads at most the size of the body."""
    values = [value for name, value in fields if _is_ordinary(name)]
    # A value that is empty, or that gunicorn would strip, leaves two spaces at its end.
    text = " ".join(["", *values, ""])
    has_no_odd_value = "  " not in text and text.isascii() and text.isprintable()
    return has_no_odd_value and len(values) == len(fields)


@lru_cache(maxsize=256)
def _is_ordinary(name: str) -> bool:
    is_token = TOKEN_RE.fullmatch(name) is not None
    is_size = name != _SIZE and name.lower() == "content-length"
    return is_token and not is_size and not util.is_hoppish(name)
