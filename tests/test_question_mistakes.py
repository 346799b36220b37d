"""The question import lists every mistake of every row, in sentences, and changes nothing."""

import json

import pytest

from qader_sse.service import Service
from tests.support.question_files import NEW_SECTIONS, Import, Row, as_csv, row
from tests.support.tables import unchanged

SLUG = "write small Latin letters and digits, with single hyphens between them"
BAD_ROWS = [
    (row(code="T 1"), f"(T 1): code: {SLUG}"),
    (row(code=...), ": code: this is missing"),
    (row(section="nowhere"), "(t-1): section: there is no section nowhere"),
    (row(subsection="reading"), "(t-1): subsection: section quantitative has no subsection reading"),
    (row(skill="nothing"), "(t-1): skill: subsection algebra has no skill nothing"),
    (row(difficulty=6), "(t-1): difficulty: this must be at most 5"),
    (row(difficulty=0), "(t-1): difficulty: this must be at least 1"),
    (row(difficulty="hard"), "(t-1): difficulty: this must be a whole number, in the digits 0 to 9"),
    (row(difficulty="٢"), "(t-1): difficulty: this must be a whole number, in the digits 0 to 9"),
    (row(question_text=" "), "(t-1): question_text: this is empty"),
    (row(hint="x" * 5001), "(t-1): hint: this has more than 5000 characters"),
    (row(hint="a\u202eb"), "(t-1): hint: this has the invisible sign U+202E: leave it out"),
    (row(hint="a\u0007b"), "(t-1): hint: this has the invisible sign U+0007: leave it out"),
    (row(hint="a\ufffdb"), "(t-1): hint: this has U+FFFD in place of a damaged letter"),
    (row(correct_answer="E"), "(t-1): correct_answer: write A, B, C or D"),
    (row(correct_answer="أ"), "(t-1): correct_answer: write A, B, C or D"),
    (row(options={"A": "1", "B": "1 ", "C": "3", "D": "4"}), "(t-1): options: two of them are the"),
    (row(code="t-good"), "s {} and {} (t-good): code: each question needs its own"),
    (row(code="t-1", question_text="a"), "s {} and {} (t-good, t-1): question_text and options: the"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "expected"), BAD_ROWS)
@pytest.mark.parametrize(
    ("suffix", "place", "first"), [("json", "question 2", 1), ("csv", "row 3", 2)]
)
def test_an_invalid_row_is_named_as_its_owner_counts_and_nothing_is_imported(
    suffix: str,
    place: str,
    first: int,
    bad: Row,
    expected: str,
    import_file: Import,
    service: Service,
) -> None:
    """A spreadsheet counts the header as row 1."""
    rows = [row(code="t-good", question_text="a"), bad]
    content = as_csv(*rows) if suffix == "csv" else {"sections": NEW_SECTIONS, "questions": rows}
    with unchanged(service):
        code, output = import_file(f"bad.{suffix}", content)
    if expected.startswith("s "):
        expected = place.partition(" ")[0] + expected.format(first, first + 1)
    else:
        expected = f"{place}{expected}" if expected[0] == ":" else f"{place} {expected}"
    assert code == 1
    assert f": nothing was imported, 1 to correct:\n  {expected}" in output


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (row(colour="red"), "question 1 (t-1): colour: there is no such field"),
        (row(difficulty=True), "question 1 (t-1): difficulty: this must be a whole number"),
        (row(difficulty=1.5), "question 1 (t-1): difficulty: this must be a whole number"),
        (row(hint=5), "question 1 (t-1): hint: this must be a text"),
        (row(hint="\ud800"), "question 1 (t-1): hint: this has half of a character"),
        (row(options=["1", "2", "3", "4"]), "question 1 (t-1): options: this must be an object"),
        (
            row(options={"A": "1", "B": "2", "C": "3"}),
            "question 1 (t-1): options.D: this is missing",
        ),
        ("a question", "question 1: the whole row: this must be an object"),
    ],
)
def test_mistakes_that_only_json_can_have_are_named_as_well(
    bad: object, expected: str, import_file: Import
) -> None:
    code, output = import_file("bad.json", [bad])
    assert (code, f"1 to correct:\n  {expected}" in output) == (1, True)


def test_an_invalid_section_is_named(import_file: Import) -> None:
    sections = [*NEW_SECTIONS, {"slug": "other", "name": "Other", "subsections": [{"slug": "x"}]}]
    code, output = import_file("bad.json", {"sections": sections, "questions": []})
    assert code == 1
    assert "section 2 (other): subsections.0.name: " in output
    assert "section 2 (other): subsections.0.order: " in output


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_rows(import_file: Import) -> None:
    """Also those that only a look into the bank shows, and those of rows that have others."""
    rows = [
        row(code="t-1", difficulty=0, correct_answer="X", section="nowhere"),
        row(code="t-2", skill="nothing"),
        row(code="t-3", subsection="reading", hint="a\x07"),
        row(code="t-4", question_text="b"),
        row(code="t-4", question_text="c"),
    ]
    code, output = import_file("bad.csv", as_csv(*rows))
    assert code == 1
    assert output.splitlines() == [
        "Error: bad.csv (cells separated by commas): nothing was imported, 7 to correct:",
        "  row 2 (t-1): difficulty: this must be at least 1",
        "  row 2 (t-1): correct_answer: write A, B, C or D",
        "  row 2 (t-1): section: there is no section nowhere",
        "  row 3 (t-2): skill: subsection algebra has no skill nothing",
        "  row 4 (t-3): hint: this has the invisible sign U+0007: leave it out",
        "  row 4 (t-3): subsection: section quantitative has no subsection reading",
        "  rows 5 and 6 (t-4): code: each question needs its own",
    ]


def test_the_parts_of_a_section_with_a_mistake_are_not_called_missing(import_file: Import) -> None:
    sections = [{**NEW_SECTIONS[0], "name": ""}]
    new = row(section="new-section", subsection="new-subsection", skill="new-skill", difficulty=9)
    _, output = import_file("bad.json", {"sections": sections, "questions": [new]})
    assert "2 to correct:\n  section 1 (new-section): name: this is empty\n  question 1" in output


def test_an_option_is_named_as_its_column(import_file: Import) -> None:
    short = row()
    short["options"] = {"A": "1", "B": "2", "C": "3"}
    assert "row 2 (t-1): option_d: this is missing" in import_file("bad.csv", as_csv(short))[1]


def test_the_question_of_another_code_in_the_bank_is_named(import_file: Import) -> None:
    import_file("one.json", [row()])
    turned = {"A": "4", "B": "2", "C": "3", "D": "1"}
    again = row(code="t-2", options=turned)
    said = "question 1 (t-2): question_text and options: the bank has this question already, as t-1"
    assert said in import_file("two.json", [again])[1]
    others = row(code="t-2", options={**turned, "D": "5"})
    assert "1 question added" in import_file("three.json", [others])[1]
    # A file may give a question another code, if it gives the earlier code another question.
    swapped = [row(question_text="Edited"), row(code="t-3")]
    assert "1 question added, 1 changed" in import_file("four.json", swapped)[1]


def test_a_key_that_stands_twice_is_named(import_file: Import, service: Service) -> None:
    text = json.dumps(row(), ensure_ascii=False)
    twice = text.replace('"difficulty": 2', '"difficulty": 2, "difficulty": 3')
    options = text.replace('"D": "4"', '"D": "4", "D": "5"')
    with unchanged(service):
        code, output = import_file("bad.json", f"[{twice}, {options}]")
        assert code == 1
        assert "question 1 (t-1): difficulty: this key stands there twice" in output
        assert "question 2 (t-1): options.D: this key stands there twice" in output
        top = f'{{"questions": [], "questions": [{text}]}}'
        assert "questions: this key stands there twice" in import_file("bad.json", top)[1]
