"""Where a client is, as it says itself: `Last-Event-ID`, `last_event_id`, `after`.

In one topic that is a number; in several it is a vector of them, short enough to be an event's id.
"""

import re
from collections.abc import Mapping

# What clients call their own notifications; a challenge is called challenges/<id>.
NOTIFICATIONS = "notifications"
CHALLENGE_PREFIX = "challenges/"
MAX_TOPICS = 8
# Ten digits, so that as many challenges as there may be topics fit into a vector's bytes.
CHALLENGE_NUMBER = "[1-9][0-9]{0,9}"
MAX_VECTOR_BYTES = 128

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_PLACE = re.compile(rf"(n|{CHALLENGE_NUMBER})\.([0-9]+)", re.ASCII)
# Longer numbers than any log will reach are all alike, and the database could not compare them.
_BEYOND_ANY_HEAD = 2**63 - 1


class BadCursor(ValueError):
    """The text is not a position in a topic, or not a vector of them."""


def parse(text: str) -> int:
    """Read a cursor: a whole number, 0 for the beginning. Raises BadCursor.

    A number the log cannot serve is no mistake here: the stream answers it with a reset.
    """
    if not _DIGITS.fullmatch(text):
        raise BadCursor(text)
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(_BEYOND_ANY_HEAD)) else _BEYOND_ANY_HEAD


def parse_vector(text: str) -> dict[str, int]:
    """Read `12.45_13.7_n.3`: in challenge 12 at 45, in 13 at 7, in the notifications at 3.

    Raises BadCursor.
    """
    if len(text) > MAX_VECTOR_BYTES:
        raise BadCursor(text)
    places: dict[str, int] = {}
    for part in text.split("_"):
        found = _PLACE.fullmatch(part)
        if found is None:
            raise BadCursor(text)
        name = NOTIFICATIONS if found[1] == "n" else CHALLENGE_PREFIX + found[1]
        if name in places:
            raise BadCursor(text)
        places[name] = parse(found[2])
    return places


def format_vector(places: Mapping[str, int]) -> bytes:
    """Write a vector, of the characters that are safe in headers, addresses and file names."""
    return "_".join(
        f"{'n' if name == NOTIFICATIONS else name.removeprefix(CHALLENGE_PREFIX)}.{seq}"
        for name, seq in places.items()
    ).encode()
