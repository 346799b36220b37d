"""Where each character of the questions is drawn: Arabic, its numbers, and formulas.

All texts of the sample bank are shown by the page's own module, marked up and plain.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from qader_sse.cli.set_up import SAMPLES
from qader_sse.question_files import read
from qader_sse.question_markup import rendered
from tests.support.browsing import Person

QUESTIONS = [question for path in SAMPLES for question in read(path).questions]
# (which text, the text, the text marked up)
TEXTS = [
    (f"{question.code} {name}", text, marked_up)
    for question in QUESTIONS
    for name, text, marked_up in question.texts()
]
FORMULAS = [formula for _, _, marked_up in TEXTS for formula in (marked_up or "").split("$")[1::2]]
LOOKER = Path("tests/support/drawn_order.js").read_text()
SHOW_AND_LOOK = """async ([texts, look]) => {
    const { arabic } = await import("/static/app/duel/arabic-text.js");
    const place = document.querySelector("#looked-at") ?? document.createElement("div");
    place.id = "looked-at";
    place.className = "card";
    document.querySelector("main").prepend(place);
    return texts.map(([name, text, markup]) => {
        const element = arabic("p", text, markup, { class: "text" });
        place.replaceChildren(element);
        /* what a test changes */
        return [name, window[look](element)];
    });
}"""


@pytest.fixture
def page(person: Callable[..., Person]) -> Page:
    shown = person().tab("/ar/").page
    shown.evaluate(LOOKER)
    return shown


def look(page: Page, texts: list[Any], how: str = "drawnWrongly", spoil: str = "") -> list[Any]:
    """Show each text, change the `element` by the script in `spoil`, and look at it."""
    script = SHOW_AND_LOOK.replace("/* what a test changes */", spoil)
    found: list[Any] = page.evaluate(script, [texts, how])
    return found


@pytest.mark.timeout(180)
def test_the_whole_bank_is_drawn_in_the_order_in_which_it_is_read(page: Page) -> None:
    assert len(FORMULAS) > 200
    marked_up = [(name, text, markup and rendered(markup)) for name, text, markup in TEXTS]
    plain = [(name, text, None) for name, text, _ in TEXTS]
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for texts in (marked_up, plain):
            assert [(name, wrong) for name, wrong in look(page, texts) if wrong] == []


FAULTS = [
    "element.removeAttribute('dir'); element.parentNode.dir = 'ltr'",
    "element.querySelectorAll('math').forEach((math) => math.removeAttribute('dir'))",
    "element.querySelectorAll('math').forEach((math) => math.setAttribute('dir', 'ltr'))",
    r"element.innerHTML = element.innerHTML.replace(/[\u2066\u2069]/g, '')",
]  # fmt: skip


@pytest.mark.timeout(180)
def test_faults_that_are_made_on_purpose_are_found(page: Page) -> None:
    texts = [(name, text, markup and rendered(markup)) for name, text, markup in TEXTS]
    for fault in FAULTS:
        found = [name for name, wrong in look(page, texts, spoil=fault) if wrong]
        assert len(found) > 5, fault


# From left to right, as it is drawn: a percent sign is on the left of its number, as Arabic is read.
ALONE = {
    "25%": "%25", "25٪": "٪25", "٢٥٪": "٪٢٥", "12.5%": "%12.5", "١٢": "١٢", "-3": "-3", "−٣": "−٣",
    "1/2": "1/2", "٣/٤": "٣/٤", "10-20": "10-20", "3:2": "3:2", "1,000": "1,000", "25π": "25π", "36°": "36°",
    "2024/5/3": "2024/5/3", "0": "0", "+5": "+5",
}  # fmt: skip
BEHIND_A_WORD = {f"قيمة {alone}": f"{drawn}ةميق" for alone, drawn in ALONE.items()}
HYPHEN = {"كوفيد-19": "19-ديفوك", "من 5 إلى 9": "9ىلإ5نم"}


def test_plain_numbers_are_drawn_alike_in_an_option_and_behind_a_word(page: Page) -> None:
    expected = {**ALONE, **BEHIND_A_WORD, **HYPHEN}
    found = look(page, [(text, text, None) for text in expected], "drawn")
    assert dict(found) == expected


@pytest.mark.claim("M32")
def test_markup_brings_nothing_but_formulas_into_the_page(page: Page) -> None:
    """The service sends only what it made itself; an image would be loaded, and a script run."""
    markup = (
        'قبل <img src=x onerror="window.bad = 1"><math dir="rtl" onclick="x" style="color:red">'
        '<mi href="x">س</mi><mtext><b id="b">2</b></mtext><annotation>3</annotation></math><script>1</script>'
    )
    shown = page.evaluate(
        """async (markup) => {
            const { arabic } = await import("/static/app/duel/arabic-text.js");
            return arabic("p", "", markup).innerHTML;
        }""",
        markup,
    )
    assert shown == 'قبل <math dir="rtl"><mi>س</mi><mtext>2</mtext>3</math>1'


TOKENS = {
    r"\times": "×", r"\div": "÷", r"\pi": "π", "-": "−", r"\frac": "", "{": "", "}": "", "^": "", " ": "",
}  # fmt: skip


@pytest.mark.parametrize("formula", sorted(set(FORMULAS)))
def test_a_formula_has_what_its_markup_has_in_this_order(formula: str) -> None:
    written = formula
    for token, sign in TOKENS.items():
        written = written.replace(token, sign)
    shown = rendered(f"${formula}$")
    assert re.sub(r"<[^>]+>", "", shown).replace("&lt;", "<") == written
    assert shown.count("<mfrac>") == formula.count(r"\frac")
    assert shown.count("<msup>") == formula.count("^")
