"""Cursors as clients send them: a number for one topic, a vector of numbers for several.

A vector is short enough to be the id of an event: `12.45_13.7_n.3`.
"""

import re
from collections.abc import Mapping

# The names of topics in addresses and vectors, as clients know them: their own notifications, and
# challenges/<id>.
NOTIFICATIONS = "notifications"
CHALLENGE_PREFIX = "challenges/"
MAX_TOPICS = 8
# At most ten digits, so that a vector of MAX_TOPICS challenges fits into MAX_VECTOR_BYTES, each with
# a cursor of twelve digits: numbers leap where the database has lost commits.
CHALLENGE_NUMBER = "[1-9][0-9]{0,9}"
MAX_VECTOR_BYTES = 192

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_NAMED_CURSOR = re.compile(rf"(n|{CHALLENGE_NUMBER})\.([0-9]+)", re.ASCII)
# The database cannot compare larger numbers, and no log reaches this far: all of them mean the same.
_MAX_CURSOR = 2**63 - 1
# Stands for an id that is no cursor of ours: below every floor, so that the log cannot serve it.
UNREADABLE = -1


class BadCursor(ValueError):
    """The text is neither a cursor nor a vector of cursors."""


def parse_cursor(text: str) -> int:
    """Parse the cursor of one topic: a whole number, 0 for the beginning. Raises BadCursor.

    A number that the log cannot serve is no mistake here: the stream answers it with a reset.
    """
    if not _DIGITS.fullmatch(text):
        raise BadCursor(text)
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(_MAX_CURSOR)) else _MAX_CURSOR


def parse_vector(text: str) -> dict[str, int]:
    """Parse `12.45_n.3`: 45 in the topic challenges/12, 3 in notifications. Raises BadCursor."""
    if len(text) > MAX_VECTOR_BYTES:
        raise BadCursor(text)
    cursors: dict[str, int] = {}
    for part in text.split("_"):
        found = _NAMED_CURSOR.fullmatch(part)
        if found is None:
            raise BadCursor(text)
        name = NOTIFICATIONS if found[1] == "n" else CHALLENGE_PREFIX + found[1]
        if name in cursors:
            raise BadCursor(text)
        cursors[name] = parse_cursor(found[2])
    return cursors


def format_vector(cursors: Mapping[str, int]) -> bytes:
    """Format a vector, in characters that need no escaping in headers, addresses and file names."""
    return "_".join(
        f"{'n' if name == NOTIFICATIONS else name.removeprefix(CHALLENGE_PREFIX)}.{seq}"
        for name, seq in cursors.items()
    ).encode()
