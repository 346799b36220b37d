"""Which passwords are good enough for a new one, after NIST SP 800-63B.

Length counts, and that a password is none of those that attackers try first. Rules about digits and
signs do not count: they make people choose `Password1!`. Passwords that people have already are not
checked, so that nobody is locked out.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal

from qader_sse.domain.i18n import mark
from qader_sse.domain.unicode_security import without_ignorables

MIN_LENGTH, MAX_LENGTH = 8, 128

Weakness = Literal["too_short", "common", "name"]

TEXTS: dict[Weakness, str] = {
    "too_short": mark("A password needs at least %(min_length)s characters that can be seen."),
    "common": mark(
        "This is one of the commonest passwords, which are tried first. Choose another one."
    ),
    "name": mark("A password must not be made of your username or your e-mail address."),
}

_COMMON = Path(__file__).parent / "passwords" / "common.txt"
# That of the demo accounts, which the documents publish: an account that has it is a demo account.
_PUBLISHED = "demo-pass-1"
_BLANK_BRAILLE = "\u2800"


def weakness(password: str, *names: str | None) -> Weakness | None:
    """Return why a new password is refused, or None. `names` are the username and the e-mail."""
    seen = [sign for sign in without_ignorables(password) if not _is_control(sign)]
    if len(seen) < MIN_LENGTH or all(map(_is_blank, seen)):
        return "too_short"
    folded = _folded(password)
    if len(set(folded)) == 1 or folded in _common():
        return "common"
    return "name" if _core(folded) in _cores(names) else None


def _cores(names: tuple[str | None, ...]) -> set[str]:
    whole = {_folded(name) for name in names if name}
    return {_core(part) for name in whole for part in (name, name.partition("@")[0])} - {""}


def _core(folded: str) -> str:
    """Leave out what people put around a name to make a password of it: `sara2010!`."""
    ends = "".join({sign for sign in folded if not sign.isalpha()})
    return folded.strip(ends) or folded


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs")


def _is_blank(sign: str) -> bool:
    return sign.isspace() or sign == _BLANK_BRAILLE


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset([*_COMMON.read_text(encoding="utf-8").splitlines(), _PUBLISHED])
