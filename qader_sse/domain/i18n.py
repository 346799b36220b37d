"""Every text a person reads, in the languages we speak. English is the message id.

Texts are marked where they are written and translated where they are shown, so
that one stored event reads right to each viewer.
"""

import gettext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LOCALES = ("en", "ar")
_CATALOGUES = Path(__file__).parents[1] / "translations"


def mark(message: str) -> str:
    """Mark a text for translation; it is translated when it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Counted:
    """A text about a number, `%(count)s`."""

    one: str
    other: str


def mark_counted(one: str, other: str) -> Counted:
    """Mark a text about a number; other languages have more forms of it."""
    return Counted(one, other)


@lru_cache(maxsize=len(LOCALES))
def _catalogue(locale: str) -> gettext.NullTranslations:
    # Only English may do without a catalogue: a missing one must not pass unnoticed.
    return gettext.translation("messages", _CATALOGUES, [locale], fallback=locale == "en")


def translate(locale: str, message: str, **fields: object) -> str:
    """Return the text in that language, its `%(name)s` places filled from fields."""
    text = _catalogue(locale).gettext(message)
    return text % fields if fields else text


# A number of each category of CLDR, which browsers (Intl.PluralRules) go by.
_PLURAL_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def translate_counted(locale: str, text: Counted) -> dict[str, str]:
    """Return the text's form for each plural category, its places not filled yet."""
    ngettext = _catalogue(locale).ngettext
    return {
        category: ngettext(text.one, text.other, count)
        for category, count in _PLURAL_SAMPLES.items()
    }
