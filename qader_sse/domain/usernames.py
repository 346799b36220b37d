"""What an account may be called."""

import re
import unicodedata

MAX_LENGTH = 150
# Letters and digits of any language; no blanks, nothing invisible.
PATTERN = r"^[\w.@+-]+$"
# The name that asks for a random opponent can be nobody's.
_RESERVED = ("random",)


def key(username: str) -> str:
    """Return the form in which two usernames are compared: one spelling, one letter case."""
    return unicodedata.normalize("NFKC", username).casefold()


def is_reserved(username: str) -> bool:
    return key(username) in _RESERVED


def is_well_formed(username: str) -> bool:
    """Say whether its letters are allowed; Python's `\\w`, unlike pydantic's, has no joiners."""
    return re.fullmatch(PATTERN, username) is not None


def is_too_long(username: str) -> bool:
    # The key counts too: one character of the name may become eighteen of it.
    return max(len(username), len(key(username))) > MAX_LENGTH
