"""Where a client says it is: read from a header or the address, refused in its language."""

from collections.abc import Callable
from typing import TypeVar

from flask import request

from qader_sse.domain.i18n import mark
from qader_sse.realtime.protocol import cursor as cursors
from qader_sse.web.error_responses import InvalidInput

Place = TypeVar("Place")


def requested_cursor(header: str | None = None) -> int | None:
    """Read where the client is."""
    return _requested(header, parse_cursor)


def requested_vector(header: str | None) -> dict[str, int]:
    """Read where the client is in each of several topics; those it does not name are left out."""
    return _requested(header, _parse_vector) or {}


def _requested(header: str | None, parse: Callable[[str, str], Place]) -> Place | None:
    """Read from the header or the address.

    The header wins: a browser that reconnects sends the newest id there, and in the
    address still the one the page was loaded with.
    """
    if header:
        return parse("Last-Event-ID", header)
    text = request.args.get("last_event_id")
    return parse("last_event_id", text) if text else None


def parse_cursor(name: str, text: str) -> int:
    """Read a cursor that came under this name. Raises InvalidInput."""
    problem = mark("%(name)s must be the id of the last message received, a whole number.")
    return _parsed(cursors.parse, name, text, problem)


def _parse_vector(name: str, text: str) -> dict[str, int]:
    problem = mark("%(name)s must be the id of the last message received, such as 12.45_13.7_n.3.")
    return _parsed(cursors.parse_vector, name, text, problem)


def _parsed(parse: Callable[[str], Place], name: str, text: str, problem: str) -> Place:
    try:
        return parse(text)
    except cursors.BadCursor:
        raise InvalidInput("detail", problem, name=name) from None
