"""Every text a person reads, in the languages we speak. English is the message id.

Texts are marked where they are written and translated where they are shown, so
that one stored event reads right to each viewer.
"""

import gettext
from functools import lru_cache
from pathlib import Path

LOCALES = ("en", "ar")
_CATALOGUES = Path(__file__).parents[1] / "translations"


def mark(message: str) -> str:
    """Mark a text for translation; it is translated when it is shown."""
    return message


@lru_cache(maxsize=len(LOCALES))
def _catalogue(locale: str) -> gettext.NullTranslations:
    # Only English may do without a catalogue: a missing one must not pass unnoticed.
    return gettext.translation("messages", _CATALOGUES, [locale], fallback=locale == "en")


def translate(locale: str, message: str, **fields: object) -> str:
    """Return the text in that language, its `%(name)s` places filled from fields."""
    text = _catalogue(locale).gettext(message)
    return text % fields if fields else text
