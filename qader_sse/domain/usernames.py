"""The rules for usernames."""

import unicodedata

MAX_LENGTH = 150
_SIGNS = "_.@+-"
# Fillers of the Korean script: letters by their Unicode category, but invisible.
_INVISIBLE = "\u115f\u1160\u3164\uffa0"
# Deployed clients send this name to ask for any opponent, so no account may have it.
_RESERVED = ("random",)


def key(username: str) -> str:
    """Return the form in which usernames are compared: normalized, and in one letter case."""
    return unicodedata.normalize("NFKC", username).casefold()


def is_reserved(username: str) -> bool:
    return key(username) in _RESERVED


def is_well_formed(username: str) -> bool:
    """Return whether it has only letters of any language, their marks, digits and `_ . @ + -`."""
    return username != "" and all(
        sign in _SIGNS or (unicodedata.category(sign)[0] in "LMN" and sign not in _INVISIBLE)
        for sign in username
    )


def is_allowed(username: str) -> bool:
    """Return whether an account may have this username."""
    return is_well_formed(username) and not is_too_long(username) and not is_reserved(username)


def is_too_long(username: str) -> bool:
    # The key is limited as well: one character of a username may become eighteen in its key.
    return max(len(username), len(key(username))) > MAX_LENGTH
