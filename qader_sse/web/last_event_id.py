"""Reads the cursor with which a client resumes a stream: from a header, or from the address.

An id that is no cursor of ours, as another server may have left it in a tab, is no mistake of the
client's: the stream answers it with a reset. A 400 would stop an EventSource for good.
"""

from collections.abc import Iterable

from qader_sse.flask_context import current_request
from qader_sse.realtime.protocol.cursor import UNREADABLE, BadCursor, parse_cursor, parse_vector

# Libraries that reconnect with the id in the address append it under the first three names: it is
# newer than the one under the last name, which the page wrote.
_NAMES = ("lastEventId", "lastEventID", "Last-Event-ID", "last_event_id")


def read_cursor(*, in_header: bool = True) -> int | None:
    """Return the cursor of a stream of one topic, None if the client sent none."""
    text = _last_event_id(in_header=in_header)
    try:
        return parse_cursor(text) if text else None
    except BadCursor:
        return UNREADABLE


def read_vector(topics: Iterable[str]) -> dict[str, int]:
    """Return the cursors of a stream of these topics; those that the client did not send are left out."""
    text = _last_event_id()
    try:
        return parse_vector(text) if text else {}
    except BadCursor:
        return dict.fromkeys(topics, UNREADABLE)


def _last_event_id(*, in_header: bool = True) -> str:
    # The header wins: a browser that reconnects sends the newest id there, while the address still
    # has the id with which the page was loaded.
    request = current_request()
    header: str = request.environ.get("HTTP_LAST_EVENT_ID", "") if in_header else ""
    if header or not request.args:
        return header
    # Of a name that comes twice the last one counts, because libraries append theirs.
    found = (request.args.getlist(name)[-1:] for name in _NAMES)
    return next((values[0] for values in found if any(values)), "")
