"""Every text has an Arabic translation, and the compiled catalogue is up to date."""

import io
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from qader_sse.domain.i18n import LOCALES, Counted, translate, translate_counted
from qader_sse.installation import ROOT

PACKAGE = ROOT / "qader_sse"
TRANSLATED = [locale for locale in LOCALES if locale != "en"]
KEYWORDS = {"mark": None, "mark_counted": (1, 2)}
PLURAL_CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%(.)")


def catalogue_path(locale: str) -> str:
    return str(PACKAGE / "translations" / locale / "LC_MESSAGES" / "messages")


def read_texts(locale: str) -> Catalog:
    with open(f"{catalogue_path(locale)}.po", "rb") as file:
        return read_po(file, locale=locale)


def translations(catalogue: Catalog) -> dict[str, str]:
    """Return each text's translation, or all forms of a text with a number."""
    found: dict[str, str] = {}
    for message in catalogue:
        if isinstance(message.id, str):
            found |= {message.id: str(message.string or "")} if message.id else {}
        else:
            forms = message.string or ()
            found |= {f"{message.id[0]} ({form})": text for form, text in enumerate(forms)}
    return found


def extracted() -> list[str | tuple[str, ...]]:
    """Return all texts that the source marks, as `make translations` finds them."""
    found = extract_from_dir(PACKAGE, keywords=KEYWORDS)
    return [message for _, _, message, _, _ in found]


MARKED = sorted({message for message in extracted() if isinstance(message, str)})
COUNTED = sorted(
    {Counted(*message) for message in extracted() if not isinstance(message, str)}, key=str
)
every_locale = pytest.mark.parametrize("locale", TRANSLATED)


def test_the_marked_texts_are_found() -> None:
    assert len(MARKED) > 50
    assert "Accuracy Challenge" in MARKED


@every_locale
def test_the_compiled_catalogue_is_up_to_date(locale: str) -> None:
    """If it is not, `make translations` was not run after a change."""
    compiled = io.BytesIO()
    write_mo(compiled, read_texts(locale))
    compiled.seek(0)
    with open(f"{catalogue_path(locale)}.mo", "rb") as file:
        assert translations(read_mo(file)) == translations(read_mo(compiled))


@every_locale
def test_every_text_is_translated_with_the_same_placeholders(locale: str) -> None:
    translated = translations(read_texts(locale))
    for text in MARKED:
        translation = translated.get(text, "")
        assert translation.strip(), f"{text!r} has no translation to {locale}"
        assert sorted(PLACEHOLDER.findall(translation)) == sorted(PLACEHOLDER.findall(text)), text


@every_locale
def test_every_text_is_shown_in_the_viewers_language(locale: str) -> None:
    for text in MARKED:
        fields = {name: "…" for name, _ in PLACEHOLDER.findall(text) if name}
        shown = translate(locale, text, **fields)
        assert shown != translate("en", text, **fields), text
        assert "%(" not in shown, text


def test_a_placeholder_is_always_named() -> None:
    """A bare % would make filling the other placeholders fail."""
    bare = [text for text in MARKED if any(other for _, other in PLACEHOLDER.findall(text))]
    assert bare == []


@every_locale
def test_the_catalogue_has_no_text_that_is_not_used(locale: str) -> None:
    catalogue = read_texts(locale)
    single = {str(m.id) for m in catalogue if isinstance(m.id, str) and m.id}
    counted = {Counted(*m.id) for m in catalogue if not isinstance(m.id, str)}
    assert (sorted(single), counted) == (MARKED, set(COUNTED))
    assert list(catalogue.obsolete) == []
    assert [m.id for m in catalogue if m.id and m.fuzzy] == []


@every_locale
def test_two_different_texts_have_different_translations(locale: str) -> None:
    shown = [translate(locale, text) for text in MARKED]
    assert [text for text in shown if shown.count(text) > 1] == []


@every_locale
@pytest.mark.parametrize("text", COUNTED)
def test_a_text_with_a_number_has_every_plural_form_of_its_language(
    locale: str, text: Counted
) -> None:
    shown = translate_counted(locale, text)
    assert set(shown) == PLURAL_CATEGORIES
    for category, form in shown.items():
        assert form not in ("", text.one, text.other)
        # A form that is for one number only may write it in words; all others need the placeholder.
        found, counted = PLACEHOLDER.findall(form), ("count", "")
        others = [placeholder for placeholder in found if placeholder != counted]
        assert others == [other for other in PLACEHOLDER.findall(text.other) if other != counted]
        assert found.count(counted) in ((0, 1) if category in ("zero", "one", "two") else (1,))


@pytest.mark.parametrize("text", COUNTED)
def test_in_english_only_the_number_one_is_singular(text: Counted) -> None:
    shown = translate_counted("en", text)
    assert {category for category, form in shown.items() if form == text.one} == {"one"}
    assert set(shown.values()) == {text.one, text.other}


def test_arabic_counts_as_arabic_does() -> None:
    shown = translate_counted("ar", Counted("%(count)s question", "%(count)s questions"))
    forms = [shown[category] for category in ("one", "two", "few", "many", "other")]
    assert forms == ["سؤال واحد", "سؤالان", "%(count)s أسئلة", "%(count)s سؤالًا", "%(count)s سؤال"]


def test_arabic_is_written_in_arabic_letters() -> None:
    for text, shown in translations(read_texts("ar")).items():
        assert re.search("[\u0620-\u064a]{2}", shown), text


# What addresses one man: «حاول», «اختر», «أنت جاهز». A noun of action fits everybody: «يُرجى اختيار …».
MASCULINE = (
    "أعد أجب أدخل أرسل أضف أظهر أعلن أنشئ أوقف ابدأ ابحث احذف احفظ اختر ادخل ادعُ اذكر استأنف استخدم استبدل"
    " استمر اسأل اضبط اضغط اطلب اعرض افتح اقبل اقطع اكتب العب امسح انتظر انتقل انطلق تابع تأكد"
    " تجاوز تحقق جرّب جمّد حاول سجّل سمِّ شارك ضع عُد"
    " تبحث تجد تجعل تدعو تريد تستطيع تضع تغيّره تلعب تنسحب جاهز جاهزين مستعد متصل متأكد"
)
# One word for the thing, «مبارزة», which is feminine; and no words of hotels.
OTHER_WORDS = "تحدٍّ تحديًا تحدي تحديات تحدياتك التحدي التحديات الردهة ملغى ملغي مكتمل مقبول مرفوض جارٍ مغادرة غادر"
# «جارٍ» before a noun of action is the usual way to say that something goes on.
GOING_ON = re.compile(r"جارٍ \w+")
WORD = re.compile(r"[\u0620-\u065f]+")


def test_arabic_addresses_nobody_by_gender_and_has_one_word_for_a_duel() -> None:
    unwanted = {*MASCULINE.split(), *OTHER_WORDS.split()}
    for text, shown in translations(read_texts("ar")).items():
        words = WORD.findall(GOING_ON.sub("", shown))
        alone = {word.removeprefix(joined) for word in words for joined in ("", *"وفلب")}
        assert alone & unwanted == set(), text
