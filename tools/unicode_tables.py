"""Write the tables of Unicode that the rules for usernames need, from ICU's data.

    pip install icukit-pyicu==78.3.1
    python -m tools.unicode_tables

This is run by hand, in an environment of its own, when a newer version of Unicode matters: PyICU with its
data takes 170 MB, of which these tables are 30 KB. After that, `users.username_skeleton` has to be filled
again, by a migration like the one that added it.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import icu

_FOLDER = Path(__file__).parents[1] / "qader_sse/domain/unicode"
_ALLOWED = "[[:Identifier_Status=Allowed:]&[[:L:][:M:][:N:]]]"  # UTS #39, General Security Profile
_nfd = icu.Normalizer2.getNFDInstance().normalize
_MIXED_IN_CJK = {"Hani": ("Hanb", "Jpan", "Kore"), "Hang": ("Kore",), "Bopo": ("Hanb",)}
_MIXED_IN_CJK |= {"Hira": ("Jpan",), "Kana": ("Jpan",)}


def main() -> None:
    allowed = sorted(icu.UnicodeSet(_ALLOWED))
    _write("scripts.txt", "first and last code point, scripts", _script_lines(allowed))
    _write("confusables.txt", "code point, what it looks like", _confusable_lines(allowed))


def _script_lines(allowed: Iterable[str]) -> Iterator[str]:
    runs = groupby(enumerate(allowed), key=lambda at: (ord(at[1]) - at[0], _scripts(at[1])))
    for (_, scripts), run in runs:
        code_points = [ord(sign) for _, sign in run]
        yield f"{code_points[0]:04X} {code_points[-1]:04X} {' '.join(scripts)}"


def _scripts(sign: str) -> tuple[str, ...]:
    """Return the scripts that a sign belongs to, the mixed ones of East Asia included (UTS #39, 5.1)."""
    codes = icu.Script.getScriptExtensions(ord(sign))
    names = {icu.Script(code).getShortName() for code in codes}
    return tuple(sorted(names.union(*(_MIXED_IN_CJK.get(name, ()) for name in names))))


def _confusable_lines(allowed: Iterable[str]) -> Iterator[str]:
    checker = icu.SpoofChecker()
    # Only what is left after decomposition, so that each of 11,000 Hangul syllables needs no line.
    for sign in sorted({part for composed in allowed for part in _nfd(composed)}):
        prototype = checker.getSkeleton(0, sign)
        if prototype != sign:
            yield f"{ord(sign):04X} {' '.join(f'{ord(part):04X}' for part in prototype)}"


def _write(name: str, columns: str, lines: Iterable[str]) -> None:
    head = (
        f"# {columns}; written by tools/unicode_tables.py.\n"
        f"# From the data files of Unicode {icu.UNICODE_VERSION} for UTS #39, as ICU {icu.ICU_VERSION} has them.\n"
        "# Copyright © 1991-2025 Unicode, Inc. Unicode License v3: https://www.unicode.org/license.txt\n"
    )
    _FOLDER.mkdir(exist_ok=True)
    (_FOLDER / name).write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
