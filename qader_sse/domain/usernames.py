"""The rules for usernames."""

import unicodedata
from typing import Literal

from qader_sse.domain import unicode_security

MAX_LENGTH = 150
# What a skeleton has at most: one sign may look like several others.
MAX_SKELETON_LENGTH = 450
_SIGNS = "_.@+-"
# Deployed clients send this name to ask for any opponent, so no account may have it.
_RESERVED = ("random",)

Fault = Literal["foreign_signs", "misplaced_marks", "mixed_scripts", "mixed_digits", "too_long"]


def key(username: str) -> str:
    """Return the form in which usernames are compared: normalized, and in one letter case."""
    return unicodedata.normalize("NFKC", username).casefold()


def skeleton(username: str) -> str:
    """Return what the username looks like, in any letter case; no two accounts may look alike."""
    normal = unicodedata.normalize("NFKC", username)
    # Once before the letter case is dropped: a capital I looks like a small L, a small i does not.
    return unicode_security.skeleton(unicode_security.skeleton(normal).casefold())


def of_erased(user_id: int) -> str:
    """Return the username that an erased account has. Nobody can register it."""
    return f"erased:{user_id}"


def is_reserved(username: str) -> bool:
    return key(username) in _RESERVED


def fault(username: str) -> Fault | None:
    """Return why an account cannot have this username, or None."""
    normal = unicodedata.normalize("NFKC", username)
    if not normal or not all(s in _SIGNS or _is_letter_mark_or_digit(s) for s in normal):
        return "foreign_signs"
    if unicode_security.has_misplaced_marks(username):
        return "misplaced_marks"
    if not unicode_security.has_one_script(normal):
        return "mixed_scripts"
    if not unicode_security.has_one_kind_of_digits(normal):
        return "mixed_digits"
    return "too_long" if _is_too_long(username) else None


def is_allowed(username: str) -> bool:
    """Return whether an account may have this username."""
    return fault(username) is None and not is_reserved(username)


def _is_letter_mark_or_digit(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN" and unicode_security.is_allowed(sign)


def _is_too_long(username: str) -> bool:
    # One character of a username may become eighteen in its key.
    longest = max(len(username), len(key(username)))
    return longest > MAX_LENGTH or len(skeleton(username)) > MAX_SKELETON_LENGTH
