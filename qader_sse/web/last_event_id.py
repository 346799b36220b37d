"""Reads the cursor that a client sends: in a header, or in the address."""

from flask import request

from qader_sse.domain.i18n import mark
from qader_sse.realtime.protocol.cursor import BadCursor, parse_cursor, parse_vector
from qader_sse.web.error_responses import InvalidInput


def last_event_id(*, in_header: bool = True) -> tuple[str, str]:
    """Return the name under which the client sent the last id it received, and that id or "".

    The header wins: a browser that reconnects sends the newest id there, while the address still
    has the id with which the page was loaded.
    """
    header = request.headers.get("Last-Event-ID", "") if in_header else ""
    if header:
        return "Last-Event-ID", header
    return "last_event_id", request.args.get("last_event_id", "")


def read_cursor(name: str, text: str) -> int | None:
    """Read the cursor of one topic that was sent under this name; None if it is empty.

    Raises InvalidInput.
    """
    try:
        return parse_cursor(text) if text else None
    except BadCursor:
        problem = mark("%(name)s must be the id of the last message received, a whole number.")
        raise InvalidInput("detail", problem, name=name) from None


def read_vector(name: str, text: str) -> dict[str, int]:
    """Read the cursors of several topics, by topic; those not named are left out.

    Raises InvalidInput.
    """
    try:
        return parse_vector(text) if text else {}
    except BadCursor:
        problem = mark(
            "%(name)s must be the id of the last message received, such as 12.45_13.7_n.3."
        )
        raise InvalidInput("detail", problem, name=name) from None
