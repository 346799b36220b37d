"""Translation of the texts that people read, with the English text as the message id.

Texts are marked where they are written and translated where they are shown, so that each viewer
reads a stored event in their own language.
"""

import gettext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LOCALES = ("en", "ar")
_CATALOGUES = Path(__file__).parents[1] / "translations"


def mark(message: str) -> str:
    """Mark a text for translation, and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Counted:
    """A text with a number, `%(count)s`, in its two English forms."""

    one: str
    other: str


def mark_counted(one: str, other: str) -> Counted:
    """Mark a text with a number; a translation may have more than two forms."""
    return Counted(one, other)


@lru_cache(maxsize=len(LOCALES))
def _catalogue(locale: str) -> gettext.NullTranslations:
    # English needs no catalogue. For any other language a missing file must be an error.
    return gettext.translation("messages", _CATALOGUES, [locale], fallback=locale == "en")


def translate(locale: str, message: str, **fields: object) -> str:
    """Return the text in a language, with `%(name)s` replaced by the field of that name."""
    text = _catalogue(locale).gettext(message)
    return text % fields if fields else text


def translate_number(locale: str, text: Counted, count: int, **fields: object) -> str:
    """Return a text with a number, in the form that this number has in a language."""
    form = _catalogue(locale).ngettext(text.one, text.other, count)
    return form % {"count": count, **fields}


# A number for each plural category of CLDR, which browsers use (Intl.PluralRules).
_PLURAL_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def translate_counted(locale: str, text: Counted) -> dict[str, str]:
    """Return the text's form for each plural category, still with `%(count)s`."""
    ngettext = _catalogue(locale).ngettext
    return {
        category: ngettext(text.one, text.other, count)
        for category, count in _PLURAL_SAMPLES.items()
    }
