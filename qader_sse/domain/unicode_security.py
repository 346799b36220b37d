"""What makes names hard to tell apart, after Unicode's UTS #39 and UTS #36.

The tables in `unicode/` are written by `tools/unicode_tables.py`, which says from which version. No
library was found that fits: PyICU brings 120 MB of data, `confusable-homoglyphs` and `confusables` have
no skeletons and were last released in 2024 and 2021.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import groupby
from pathlib import Path

_TABLES = Path(__file__).parent / "unicode"
_OF_ALL_SCRIPTS = frozenset({"Zyyy", "Zinh"})
# The property Default_Ignorable_Code_Point: what is not shown, or changes how its neighbour is.
_IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_IGNORABLES = re.compile(f"[{_IGNORABLE}]")
# Persian and Urdu write the zero width non-joiner between two letters of one word.
_NON_JOINER_IN_A_WORD = re.compile(
    r"(?<=[\u0620-\u065f\u066e-\u06d3])\u200c(?=[\u0620-\u064a\u066e-\u06d3])"
)
# A letter with its vowel and its doubling has two marks above or below it. Hamza and madda are no marks
# for who writes: with their letter they are one sign, which only its decomposition takes apart.
_MAX_ATTACHED = 2
_PARTS_OF_LETTERS = "\u0653\u0654\u0655"
# Others stand beside their letter. UTS #39 (5.4) takes more than four in a row for an attack.
_MAX_MARKS = 4


def has_ignorables(text: str) -> bool:
    """Return whether the text has signs that are not seen; a non-joiner within a word is none."""
    return _IGNORABLES.search(_NON_JOINER_IN_A_WORD.sub("", text)) is not None


def without_ignorables(text: str) -> str:
    """Return the text without the signs that are not seen."""
    return _IGNORABLES.sub("", text)


def has_misplaced_marks(text: str) -> bool:
    """Return whether a mark has no letter before it, or more marks follow each other than people write."""
    before = " "
    for is_mark, signs in groupby(unicodedata.normalize("NFD", text), key=_is_mark):
        run = "".join(signs)
        if is_mark:
            attached = sum(map(_is_attached, run))
            if before.isspace() or attached > _MAX_ATTACHED or len(run) > _MAX_MARKS:
                return True
        before = run[-1]
    return False


def is_allowed(sign: str) -> bool:
    """Return whether identifiers may have this sign (UTS #39, General Security Profile)."""
    return bool(_scripts_of(sign))


def has_one_script(text: str) -> bool:
    """Return whether all signs belong to one script, or to scripts that are written together."""
    common: frozenset[str] | None = None
    for scripts in map(_scripts_of, text):
        if scripts and not scripts & _OF_ALL_SCRIPTS:
            common = scripts if common is None else common & scripts
    return common is None or bool(common)


def has_one_kind_of_digits(text: str) -> bool:
    """Return whether all digits are from the same ten (UTS #39, 5.3)."""
    zeros = {ord(sign) - unicodedata.digit(sign) for sign in text if sign.isdecimal()}
    return len(zeros) <= 1


def skeleton(text: str) -> str:
    """Return what a text looks like: two that look alike have the same skeleton (UTS #39, 4)."""
    seen = _IGNORABLES.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", seen.translate(_prototypes()))


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M"


def _is_attached(mark: str) -> bool:
    return unicodedata.combining(mark) > 0 and mark not in _PARTS_OF_LETTERS


def _scripts_of(sign: str) -> frozenset[str]:
    """Return the scripts in which identifiers may have this sign; none, if they may not have it."""
    starts, ends, scripts = _script_runs()
    place = bisect_right(starts, ord(sign)) - 1
    return scripts[place] if place >= 0 and ord(sign) <= ends[place] else frozenset()


@lru_cache(maxsize=1)
def _script_runs() -> tuple[list[int], list[int], list[frozenset[str]]]:
    rows = [line.split() for line in _lines("scripts.txt")]
    return (
        [int(row[0], 16) for row in rows],
        [int(row[1], 16) for row in rows],
        [frozenset(row[2:]) for row in rows],
    )


@lru_cache(maxsize=1)
def _prototypes() -> dict[int, str]:
    rows = [line.split() for line in _lines("confusables.txt")]
    return {int(sign, 16): "".join(chr(int(part, 16)) for part in parts) for sign, *parts in rows}


def _lines(name: str) -> list[str]:
    lines = (_TABLES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
