"""Where a client is in a topic, as it says itself: `Last-Event-ID`, `last_event_id`, `after`."""

import re

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
# Longer numbers than any log will reach are all alike, and the database could not compare them.
_BEYOND_ANY_HEAD = 2**63 - 1


class BadCursor(ValueError):
    """The text is not a position in a topic."""


def parse(text: str) -> int:
    """Read a cursor: a whole number, 0 for the beginning. Raises BadCursor.

    A number the log cannot serve is no mistake here: the stream answers it with a reset.
    """
    if not _DIGITS.fullmatch(text):
        raise BadCursor(text)
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(_BEYOND_ANY_HEAD)) else _BEYOND_ANY_HEAD
