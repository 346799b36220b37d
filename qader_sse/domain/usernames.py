"""What an account may be called."""

import unicodedata

MAX_LENGTH = 150
_SIGNS = "_.@+-"
# Letters by category, and yet nothing to see: fillers of the Korean script.
_INVISIBLE = "\u115f\u1160\u3164\uffa0"
# The name that asks for a random opponent can be nobody's.
_RESERVED = ("random",)


def key(username: str) -> str:
    """Return the form in which two usernames are compared: one spelling, one letter case."""
    return unicodedata.normalize("NFKC", username).casefold()


def is_reserved(username: str) -> bool:
    return key(username) in _RESERVED


def is_well_formed(username: str) -> bool:
    """Say whether it has only letters, their marks, digits and `_ . @ + -`, in any language."""
    return username != "" and all(
        sign in _SIGNS or (unicodedata.category(sign)[0] in "LMN" and sign not in _INVISIBLE)
        for sign in username
    )


def is_allowed(username: str) -> bool:
    """Say whether an account may have this name."""
    return is_well_formed(username) and not is_too_long(username) and not is_reserved(username)


def is_too_long(username: str) -> bool:
    # The key counts too: one character of the name may become eighteen of it.
    return max(len(username), len(key(username))) > MAX_LENGTH
