"""Writes the answers that nearly all requests have, in a few calls.

gunicorn looks at each field of a head in several calls. Here, what nothing is odd about goes on as it
is; whatever else there is, gunicorn judges and writes itself.

| used here | for | what breaks when it changes |
|---|---|---|
| `Response.process_headers()`, `.write()`, replaced, and what they set | writing a head | answers fail |
| `TOKEN_RE`, `util.is_hoppish`, `util.write` | its rules for names, and its send | the worker does not start, or answers fail |
"""

import re
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http.message import TOKEN_RE
from gunicorn.http.wsgi import Response

# Visible ASCII, and spaces inside: gunicorn neither strips nor refuses anything of it.
_ORDINARY_VALUE = re.compile("[!-~](?:[ -~]*[!-~])?")


class OrdinaryResponse(Response):  # type: ignore[misc]  # gunicorn has no types
    """An answer of gunicorn's, which takes ordinary fields as they are."""

    headers_sent: bool

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if _is_ordinary(name) and _ORDINARY_VALUE.fullmatch(value):
                self.headers.append((name, value))
            else:
                super().process_headers([(name, value)])

    def write(self, data: Any) -> None:
        """Write a part of the body; the head and a body that is whole go out in one piece."""
        is_whole = isinstance(data, bytes) and len(data) == self.response_length
        if not is_whole or self.headers_sent or self._omits_body:
            super().write(data)
            return
        whole = written_head(self) + data
        self.headers_sent = True
        self.sent = len(data)
        util.write(self.sock, whole)


def written_head(response: Any) -> bytes:
    """Return the head of one of gunicorn's answers as it is sent."""
    fields = [f"{name}: {value}\r\n" for name, value in response.headers]
    return "".join([*response.default_headers(), *fields, "\r\n"]).encode("latin-1")


@lru_cache(maxsize=256)
def _is_ordinary(name: str) -> bool:
    """Return whether gunicorn sends a field of this name, and reads nothing from its value."""
    is_token = TOKEN_RE.fullmatch(name) is not None
    return is_token and name.lower() != "content-length" and not util.is_hoppish(name)
