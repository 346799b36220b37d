"""Questions with formulas: from TeX in a question file to MathML in the bank, and the mistakes on the way."""

import re
from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from qader_sse.question_markup import BadMarkup, rendered
from qader_sse.question_sources import CSV_COLUMNS, MARKUP_COLUMNS
from qader_sse.service import Service
from qader_sse.store import models
from tests.support.question_files import Import, Row, as_csv, row
from tests.support.tables import unchanged

MARKUP = {"question_text": "$س + 1 = 3$", "options": {"B": r"$\frac{2}{1}$"}}
RIGHT = row(
    options={"A": "1", "B": "2/1", "C": "3", "D": "4"}, question_text="س + 1 = 3", markup=MARKUP
)
SERVED = {
    "question_text": '<math dir="rtl"><mi>س</mi><mo>+</mo><mn>1</mn><mo>=</mo><mn>3</mn></math>',
    "options": {
        "A": None,
        "B": '<math dir="ltr"><mfrac><mn>2</mn><mn>1</mn></mfrac></math>',
        "C": None,
        "D": None,
    },
    "hint": None,
    "solution_method_summary": None,
    "explanation": None,
}


def as_table(*rows: Row) -> str:
    """Write rows as CSV with the columns of their markup."""
    flat = []
    for one in rows:
        markup = dict(one["markup"])
        options = {f"option_{k.lower()}": v for k, v in markup.pop("options", {}).items()}
        flat.append(one | {f"{name}_markup": text for name, text in (markup | options).items()})
    return as_csv(*flat, columns=[*CSV_COLUMNS, *MARKUP_COLUMNS])


def test_the_bank_has_the_formulas_of_json_and_of_csv_as_mathml(
    import_file: Import, service: Service
) -> None:
    code, output = import_file("new.json", [RIGHT])
    assert (code, "1 question added" in output) == (0, True), output
    with service.database.read_transaction() as connection:
        found = connection.scalar(
            select(models.Question.markup).where(models.Question.code == "t-1")
        )
    assert found == SERVED
    assert "0 changed, 1 unchanged" in import_file("new.csv", as_table(RIGHT))[1]


def test_other_markup_is_a_changed_question(import_file: Import) -> None:
    import_file("new.json", [RIGHT])
    other = RIGHT | {"markup": {"question_text": "$س+1=3$ "}}
    assert "1 changed" in import_file("new.json", [other])[1]
    assert "1 changed" in import_file("new.json", [RIGHT | {"markup": None}])[1]


@pytest.mark.parametrize(
    ("field", "column", "text", "mistake"),
    [
        ("hint", "hint_markup", r"1 $3$ و$\foo{1}$", r"formula 2, “\foo{1}”: there is no \foo here; docs/"),
        ("hint", "hint_markup", r"$\frac{1}$", r"formula 1, “\frac{1}”: this is no complete formula"),
        ("hint", "hint_markup", "$2^{3$", "formula 1, “2^{3”: each { needs its }"),
        ("hint", "hint_markup", "ثمنه $5", r"the $ before “5” has no partner; a dollar itself is \$"),
        ("hint", "hint_markup", f"${'1' * 301}$", f"formula 1, “{'1' * 301}”: this has more than 300"),
        ("hint", "hint_markup", "$50% + 5$", r"formula 1, “50% + 5”: TeX leaves out what follows a %; a percent sign itself is \%"),
        ("question_text", "question_text_markup", "$3$", "this has other digits than question_text, or in"),
        ("options.C", "option_c_markup", "$4$", "this has other digits than option"),
        ("hint", "hint_markup", "a\u202eb", "this has the invisible sign U+202E"),
    ],
)  # fmt: skip
def test_a_mistake_in_markup_is_named_with_its_field_and_its_place(
    field: str, column: str, text: str, mistake: str, import_file: Import, service: Service
) -> None:
    name, _, letter = field.partition(".")
    bad = row(markup={name: {letter: text} if letter else text})
    with unchanged(service):
        for file, content, named in [
            ("bad.json", [bad], f"question 1 (t-1): markup.{field}"),
            ("bad.csv", as_table(bad), f"row 2 (t-1): {column}"),
        ]:
            code, output = import_file(file, content)
            assert (code, f"1 to correct:\n  {named}: {mistake}" in output) == (1, True), output


def test_markup_of_a_text_that_is_missing_is_a_mistake(import_file: Import) -> None:
    code, output = import_file("bad.json", [row(hint=None, markup={"hint": "$س$"})])
    assert (code, "markup.hint: hint is missing: write there what this says" in output) == (1, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"ثمنه \$5 أو < 6", "ثمنه $5 أو &lt; 6"),
        (r"$\sqrt[3]{8}$", '<math dir="ltr"><mroot><mn>8</mn><mn>3</mn></mroot></math>'),
        ("$x_1^2$", '<math dir="ltr"><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>'),
        (r"$-3 \le 36°$", '<math dir="ltr"><mo>−</mo><mn>3</mn><mo>≤</mo><mn>36</mn><mi>°</mi></math>'),
        ("$(س)$", '<math dir="rtl"><mo stretchy="false">(</mo><mi>س</mi><mo stretchy="false">)</mo></math>'),
        ("$<b>&$", '<math dir="ltr"><mo>&lt;</mo><mi>b</mi><mo>&gt;</mo><mi>&amp;</mi></math>'),
    ],
)  # fmt: skip
def test_formulas_are_written_as_html(text: str, shown: str) -> None:
    assert rendered(text) == shown


class Elements(HTMLParser):
    """Collects the start tags of a piece of HTML, as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(self.get_starttag_text() or tag)


TAG = re.compile(
    r'<(math dir="(rtl|ltr)"|mo stretchy="false"|mrow|mi|mn|mo|mtext|mfrac|msup|msub|msubsup|msqrt|mroot)>'
)
PIECES = st.sampled_from(
    [*"س12+-<&'^_{}()[]$\\~#٪ ", r"\frac", r"\sqrt", r"\left", r"\right", r"\text", r"\color", "<b>", "&amp;"]
)  # fmt: skip


@pytest.mark.claim("M32")
@given(st.lists(PIECES, max_size=12).map(lambda pieces: f"${''.join(pieces)}$"))
def test_whatever_is_written_becomes_known_elements_or_a_mistake(text: str) -> None:
    elements = Elements()
    with suppress(BadMarkup):
        elements.feed(rendered(text))
    assert [tag for tag in elements.found if not TAG.fullmatch(tag)] == []
