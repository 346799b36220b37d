"""Where a client says it is: read from a header or the address, refused in its language."""

from flask import request

from qader_sse.domain.texts import mark
from qader_sse.realtime import cursor as cursors
from qader_sse.web.errors import InvalidInput


def requested_cursor(header: str | None = None) -> int | None:
    """Read where the client is.

    The header wins: a browser that reconnects sends the newest id there, and in the
    address still the one the page was loaded with.
    """
    if header:
        return parse_cursor("Last-Event-ID", header)
    text = request.args.get("last_event_id")
    return parse_cursor("last_event_id", text) if text else None


def parse_cursor(name: str, text: str) -> int:
    """Read a cursor that came under this name. Raises InvalidInput."""
    try:
        return cursors.parse(text)
    except cursors.BadCursor:
        raise InvalidInput(
            "detail",
            mark("%(name)s must be the id of the last message received, a whole number."),
            name=name,
        ) from None
