"""What the code that runs now was caused by: the id of a request, or a word such as `sweeper`.

It is kept per greenlet, and per thread, so that the event log and the lines of the log can have it
although no use case is told of requests.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The ids of nginx ($request_id), Envoy (a UUID), and ULIDs. The least length keeps short numbers
# out, which name no request for good, and keeps the words of `caused_by` apart from ids.
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._=+/:-]{16,64}", re.ASCII)

# Set by the layer that passes a request on, which resets it.
current: ContextVar[str | None] = ContextVar("request_id", default=None)


def make() -> str:
    """Return a new id: 64 random bits tell apart more requests than any log keeps."""
    return os.urandom(8).hex()


def is_acceptable(text: str) -> bool:
    """Return whether an id of somebody else's can stand in headers, lines and rows as it is."""
    return _ACCEPTABLE.fullmatch(text) is not None


@contextmanager
def caused_by(cause: str) -> Iterator[None]:
    """Have what happens in the block, or in a decorated function, be caused by this.

    Words for causes that are no request have fewer than 16 characters.
    """
    token = current.set(cause)
    try:
        yield
    finally:
        current.reset(token)
