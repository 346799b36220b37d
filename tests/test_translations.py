"""Every text is there in Arabic, and the compiled catalogue is the one that was written."""

import io
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from qader_sse.config import ROOT
from qader_sse.domain.texts import LOCALES, translate

PACKAGE = ROOT / "qader_sse"
TRANSLATED = [locale for locale in LOCALES if locale != "en"]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%(.)")


def catalogue_path(locale: str) -> str:
    return str(PACKAGE / "translations" / locale / "LC_MESSAGES" / "messages")


def read_texts(locale: str) -> Catalog:
    with open(f"{catalogue_path(locale)}.po", "rb") as file:
        return read_po(file, locale=locale)


def translations(catalogue: Catalog) -> dict[str, str]:
    return {str(m.id): str(m.string or "") for m in catalogue if m.id}


def marked_texts() -> list[str]:
    """Return every text the source marks, found as `make translations` finds it."""
    found = extract_from_dir(PACKAGE, keywords={"mark": None})
    return sorted({str(message) for _, _, message, _, _ in found})


MARKED = marked_texts()
every_text = pytest.mark.parametrize("text", MARKED)
every_locale = pytest.mark.parametrize("locale", TRANSLATED)


def test_the_marked_texts_are_found() -> None:
    assert len(MARKED) > 50
    assert "Accuracy Challenge" in MARKED


@every_locale
def test_the_compiled_catalogue_is_up_to_date(locale: str) -> None:
    """Otherwise somebody changed a translation and forgot `make translations`."""
    compiled = io.BytesIO()
    write_mo(compiled, read_texts(locale))
    compiled.seek(0)
    with open(f"{catalogue_path(locale)}.mo", "rb") as file:
        assert translations(read_mo(file)) == translations(read_mo(compiled))


@every_locale
@every_text
def test_every_text_is_translated_with_the_same_placeholders(locale: str, text: str) -> None:
    translation = translations(read_texts(locale)).get(text, "")
    assert translation.strip(), f"{text!r} has no translation to {locale}"
    assert sorted(PLACEHOLDER.findall(translation)) == sorted(PLACEHOLDER.findall(text))


@every_locale
@every_text
def test_every_text_is_shown_in_the_viewers_language(locale: str, text: str) -> None:
    fields = {name: "…" for name, _ in PLACEHOLDER.findall(text) if name}
    shown = translate(locale, text, **fields)
    assert shown != translate("en", text, **fields)
    assert "%(" not in shown


@every_text
def test_a_placeholder_is_always_named(text: str) -> None:
    """A bare % would break the filling of the others."""
    assert [other for _, other in PLACEHOLDER.findall(text) if other] == []


@every_locale
def test_the_catalogue_holds_nothing_else(locale: str) -> None:
    catalogue = read_texts(locale)
    assert sorted(translations(catalogue)) == MARKED
    assert list(catalogue.obsolete) == []
    assert [m.id for m in catalogue if m.id and m.fuzzy] == []


@every_locale
def test_two_different_texts_do_not_read_the_same(locale: str) -> None:
    shown = list(translations(read_texts(locale)).values())
    assert [text for text in shown if shown.count(text) > 1] == []


def test_arabic_is_written_in_arabic_letters() -> None:
    for text, shown in translations(read_texts("ar")).items():
        assert re.search("[\u0620-\u064a]{2}", shown), text
