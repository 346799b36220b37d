"""`flask questions import` imports a whole file or nothing, and reports every mistake."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from qader_sse.question_files import CSV_COLUMNS
from qader_sse.service import Service
from qader_sse.store import challenges, models
from tests.support.duel import CHALLENGES, sign_in, started_duel
from tests.support.tables import unchanged

Import = Callable[[str, object], tuple[int, str]]
Row = dict[str, Any]

NEW_SUBSECTION = {
    "slug": "new-subsection",
    "name": "New subsection",
    "order": 1,
    "skills": [{"slug": "new-skill", "name": "New skill"}],
}
NEW_SECTIONS = [{"slug": "new-section", "name": "New section", "subsections": [NEW_SUBSECTION]}]


def row(**changes: object) -> Row:
    """Build a row of a JSON file; a change to `...` leaves the field out."""
    good: Row = {
        "code": "t-1",
        "section": "quantitative",
        "subsection": "algebra",
        "skill": "linear-equations",
        "difficulty": 2,
        "question_text": "س + 1 = 3",
        "options": {"A": "1", "B": "2", "C": "3", "D": "4"},
        "correct_answer": "B",
        "hint": "Subtract.",
        "explanation": "3 - 1 = 2",
        "solution_method_summary": "Subtraction",
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def as_csv(*rows: Row, columns: list[str] = CSV_COLUMNS) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    for flat in (r | {f"option_{k.lower()}": v for k, v in r["options"].items()} for r in rows):
        writer.writerow([flat.get(name, "") for name in columns])
    return file.getvalue()


@pytest.fixture
def import_file(app: Flask, tmp_path: Path) -> Import:
    """Return a function that imports a file and returns the exit code and output."""

    def run(name: str, content: object) -> tuple[int, str]:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8", newline="")
        result = app.test_cli_runner().invoke(args=["questions", "import", str(path)])
        return result.exit_code, result.output

    return run


def stored(service: Service, code: str) -> Sequence[Any]:
    """Return all rows of a code, oldest first."""
    question = models.Question
    with service.database.read_transaction() as connection:
        return connection.execute(select(question).where(question.code == code)).all()


FORMATS = {"json": lambda r: [r], "csv": as_csv}
every_format = pytest.mark.parametrize(("suffix", "write"), FORMATS.items(), ids=FORMATS.keys())


@every_format
def test_a_new_question_is_stored_as_it_is_in_the_file(
    suffix: str, write: Callable[[Row], object], import_file: Import, service: Service
) -> None:
    name = f"new.{suffix}"
    assert import_file(name, write(row())) == (
        0,
        f"{name}: 1 questions added, 0 changed, 0 unchanged\n",
    )
    (question,) = stored(service, "t-1")
    assert question.question_text == "س + 1 = 3"
    letters = ("a", "b", "c", "d")
    assert [getattr(question, f"option_{c}") for c in letters] == ["1", "2", "3", "4"]
    assert (question.correct_answer, question.difficulty) == ("B", 2)
    assert (question.hint, question.image) == ("Subtract.", None)


@every_format
def test_importing_the_same_file_again_changes_nothing(
    suffix: str, write: Callable[[Row], object], import_file: Import, service: Service
) -> None:
    import_file(f"new.{suffix}", write(row()))
    with unchanged(service):
        _, output = import_file(f"new.{suffix}", write(row()))
    assert "0 questions added, 0 changed, 1 unchanged" in output


def test_json_and_csv_of_one_question_are_the_same(import_file: Import) -> None:
    import_file("new.json", [row()])
    assert "0 changed, 1 unchanged" in import_file("new.csv", as_csv(row()))[1]


def test_an_edited_question_retires_the_old_row_and_adds_a_new_one(
    import_file: Import, service: Service
) -> None:
    import_file("one.json", [row()])
    _, output = import_file("two.json", [row(question_text="Edited")])
    assert "0 questions added, 1 changed, 0 unchanged" in output
    old, new = stored(service, "t-1")
    assert (old.is_current, old.question_text) == (None, "س + 1 = 3")
    assert (new.is_current, new.question_text) == (True, "Edited")


def test_a_running_duel_keeps_the_question_its_players_were_shown(
    app: Flask, service: Service, people: dict[str, int], import_file: Import
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    shown = duel.questions[0]
    with service.database.read_transaction() as connection:
        code = connection.scalar(select(models.Question.code).where(models.Question.id == shown.id))
    wrong = "A" if shown.correct_answer != "A" else "B"
    place = {"section": shown.section["slug"], "subsection": shown.subsection["slug"], "skill": ...}
    edited = row(code=code, question_text="Edited", correct_answer=wrong, **place)
    assert "1 changed" in import_file("edited.json", [edited])[1]

    client = sign_in(app.test_client(), "noura")
    answer = {"question_id": shown.id, "selected_answer": shown.correct_answer}
    assert client.post(f"{CHALLENGES}{duel.id}/answer/", json=answer).json["is_correct"] is True  # type: ignore[index]  # JSON
    with service.database.read_transaction() as connection:
        loaded = challenges.load(connection, duel.id)
    assert loaded is not None
    assert loaded.questions == duel.questions


def test_a_file_can_bring_its_own_sections(import_file: Import, service: Service) -> None:
    new = row(section="new-section", subsection="new-subsection", skill="new-skill")
    code, output = import_file("new.json", {"sections": NEW_SECTIONS, "questions": [new]})
    assert (code, "1 questions added" in output) == (0, True)


BAD_ROWS = [
    (row(code="T 1"), "row 2 (T 1): code: "),
    (row(code=...), "row 2: code: "),
    (row(section="nowhere"), "row 2 (t-1): section: there is no section nowhere"),
    (row(subsection="reading"), "row 2 (t-1): subsection: section quantitative has no subsection reading"),
    (row(skill="nothing"), "row 2 (t-1): skill: subsection algebra has no skill nothing"),
    (row(difficulty=6), "row 2 (t-1): difficulty: "),
    (row(difficulty="hard"), "row 2 (t-1): difficulty: "),
    (row(question_text=" "), "row 2 (t-1): question_text: "),
    (row(correct_answer="E"), "row 2 (t-1): correct_answer: "),
    (row(options={"A": "1", "B": "2", "C": "3"}), "row 2 (t-1): options.D: "),
    (row(options={"A": "1", "B": "1 ", "C": "3", "D": "4"}), "row 2 (t-1): options: two of them"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "expected"), BAD_ROWS)
@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_an_invalid_row_is_named_and_nothing_is_imported(
    suffix: str, bad: Row, expected: str, import_file: Import, service: Service
) -> None:
    rows = [row(code="t-good"), bad]
    content = as_csv(*rows) if suffix == "csv" else {"sections": NEW_SECTIONS, "questions": rows}
    with unchanged(service):
        code, output = import_file(f"bad.{suffix}", content)
    assert code == 1
    assert f"Error: bad.{suffix}: nothing was imported, 1 to correct:\n  {expected}" in output


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (row(colour="red"), "row 1 (t-1): colour: "),
        (row(difficulty=True), "row 1 (t-1): difficulty: "),
        (row(options=["1", "2", "3", "4"]), "row 1 (t-1): options: "),
        ("a question", "row 1: the whole row: "),
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


def test_all_mistakes_are_listed_at_once(import_file: Import) -> None:
    rows = [row(code="t-1", difficulty=0, correct_answer="X"), row(code="t-2", hint=5)]
    twice = [row(code="t-3"), row(code="t-3")]
    code, output = import_file("bad.json", rows + twice)
    assert code == 1
    assert "4 to correct" in output
    for place in ("row 1 (t-1): difficulty", "row 1 (t-1): correct_answer", "row 2 (t-2): hint"):
        assert f"\n  {place}: " in output
    assert "rows 3 and 4 (t-3): code: each question needs its own" in output


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("bad.json", "[{]", "bad.json is not JSON in UTF-8"),
        ("bad.json", "[\"é\"]".encode("latin-1"), "bad.json is not JSON in UTF-8"),
        ("bad.json", {"rows": []}, "bad.json must be a list of questions"),
        ("bad.json", {"questions": {}}, "bad.json must be a list of questions"),
        ("bad.json", {"sections": {}, "questions": []}, "bad.json: sections must be a list"),
        ("bad.csv", "code\né".encode("latin-1"), "bad.csv is not CSV in UTF-8"),
        ("bad.csv", as_csv() + '"open', "bad.csv is not CSV in UTF-8"),
        ("bad.csv", as_csv(columns=CSV_COLUMNS[1:]), "column code is missing"),
        ("bad.csv", as_csv(columns=[*CSV_COLUMNS, "colour"]), "column colour is unknown"),
        ("bad.csv", "", "column code is missing"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(
    name: str, content: object, expected: str, import_file: Import
) -> None:
    code, output = import_file(name, content)
    assert (code, expected in output) == (1, True)
    assert "Traceback" not in output


def test_a_csv_file_may_start_with_a_byte_order_mark(import_file: Import) -> None:
    code, output = import_file("excel.CSV", b"\xef\xbb\xbf" + as_csv(row()).encode())
    assert (code, "1 questions added" in output) == (0, True)


def test_optional_columns_of_a_csv_file_may_be_left_out(import_file: Import) -> None:
    code, output = import_file("short.csv", as_csv(row(), columns=CSV_COLUMNS[:-4]))
    assert (code, "1 questions added" in output) == (0, True)
