"""The rules for what people write of themselves beside their username: names, and their grade.

These may have spaces, several scripts, and what Arabic writes beside its letters: vowels, and the stroke
that lengthens a word (tatweel). Others may have the same.
"""

import re
import unicodedata
from typing import Literal

from qader_sse.domain import unicode_security

Fault = Literal["foreign_signs", "invisible_signs", "misplaced_marks"]

# What Unicode does not count as ignorable, and yet nobody sees: a pattern of Braille without a dot, a
# note without a head, the place of an object, and the frame of an annotation.
_BLANKS = re.compile(r"[\u2800\U0001d159\ufff9-\ufffc]")


def fault(name: str) -> Fault | None:
    """Return why nobody can be called so, or None."""
    # Control characters, line and paragraph separators, lone surrogates, and what has no meaning.
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs", "Co", "Cn") for sign in name):
        return "foreign_signs"
    if unicode_security.has_ignorables(name) or _BLANKS.search(name):
        return "invisible_signs"
    return "misplaced_marks" if unicode_security.has_misplaced_marks(name) else None
