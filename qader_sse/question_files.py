"""Reads question files, JSON or CSV, and checks their shape before anything is stored.

JSON: `{"sections": [...], "questions": [...]}`, or only the list of questions. CSV: one
question a row, with the columns of `CSV_COLUMNS`. Whether the sections that questions name exist
is checked by `store.question_bank`.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from qader_sse import question_images
from qader_sse.domain.payloads import Choice

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
# Tabs and line breaks are allowed. Other control characters are damage; PostgreSQL refuses NUL.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=_TEXT)
]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True, pattern=_TEXT)
]


def _image_address(text: str) -> str:
    if not question_images.is_address(text):
        raise PydanticCustomError("image_address", question_images.EXPECTED)
    return text


ImageAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(_image_address)]

CSV_COLUMNS = [
    "code",
    "section",
    "subsection",
    "skill",
    "difficulty",
    "question_text",
    "option_a",
    "option_b",
    "option_c",
    "option_d",
    "correct_answer",
    "hint",
    "explanation",
    "solution_method_summary",
    "image",
]


Row = TypeVar("Row", bound="_Row")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SkillRow(_Row):
    slug: Slug
    name: Name
    description: Text | None = None


class SubsectionRow(_Row):
    slug: Slug
    name: Name
    description: Text | None = None
    order: int = Field(ge=0, le=1_000)
    is_active: bool = True
    skills: list[SkillRow] = []


class SectionRow(_Row):
    slug: Slug
    name: Name
    subsections: list[SubsectionRow] = []


class OptionsRow(_Row):
    A: Text
    B: Text
    C: Text
    D: Text


class QuestionRow(_Row):
    """One question. Its `code` identifies it for good: an import with the same code replaces it."""

    code: Slug
    section: Slug
    subsection: Slug
    skill: Slug | None = None
    difficulty: int = Field(ge=1, le=5)
    question_text: Text
    options: OptionsRow
    correct_answer: Choice
    hint: Text | None = None
    explanation: Text | None = None
    solution_method_summary: Text | None = None
    image: ImageAddress | None = None


@dataclass(frozen=True, slots=True)
class QuestionFile:
    sections: list[SectionRow]
    questions: list[QuestionRow]


class BadQuestionFile(Exception):
    """A file cannot be imported; `problems` has a line for each mistake, with the row and the field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(path: Path) -> QuestionFile:
    """Read and check a file: as CSV if its name ends in .csv, else JSON. Raises BadQuestionFile."""
    sections, rows = _read_csv(path) if path.suffix.lower() == ".csv" else _read_json(path)
    problems: list[str] = []
    read_sections = dict(_validated(SectionRow, sections, "section", problems))
    questions = dict(_validated(QuestionRow, rows, "row", problems))
    problems += _repeated_codes(questions)
    if problems:
        raise BadQuestionFile(problems)
    return QuestionFile(list(read_sections.values()), list(questions.values()))


# utf-8-sig, here and below: spreadsheets and editors write a byte order mark first.
def _read_json(path: Path) -> tuple[list[Any], list[Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadQuestionFile([f"{path.name} is not JSON in UTF-8: {error}"]) from None
    if isinstance(content, list):
        content = {"questions": content}
    if not isinstance(content, dict) or not isinstance(content.get("questions"), list):
        raise BadQuestionFile(
            [f"{path.name} must be a list of questions, or hold one as questions."]
        )
    sections = content.get("sections", [])
    if not isinstance(sections, list):
        raise BadQuestionFile([f"{path.name}: sections must be a list."])
    return sections, content["questions"]


def _read_csv(path: Path) -> tuple[list[Any], list[Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = reader.fieldnames or []
            rows = list(reader)
    except (ValueError, csv.Error) as error:
        raise BadQuestionFile([f"{path.name} is not CSV in UTF-8: {error}"]) from None
    missing = [name for name in CSV_COLUMNS[:-4] if name not in columns]
    unknown = [name for name in columns if name not in CSV_COLUMNS]
    problems = [
        *(f"column {name} is missing" for name in missing),
        *(f"column {name} is unknown" for name in unknown),
        *(f"column {name} stands there twice" for name in _repeated(columns)),
        *(f"row {n}: more cells than columns" for n, row in enumerate(rows, 1) if None in row),
    ]
    if problems:
        raise BadQuestionFile(problems)
    return [], [_nested(row) for row in rows]


def _nested(row: Mapping[str | Any, Any]) -> dict[str, Any]:
    """Turn a flat CSV row into the object of a JSON file; an empty cell becomes a missing key."""
    nested: dict[str, Any] = {str(key): value for key, value in row.items() if value}
    nested["options"] = {
        letter: nested.pop(f"option_{letter.lower()}")
        for letter in "ABCD"
        if f"option_{letter.lower()}" in nested
    }
    difficulty = str(nested.get("difficulty", ""))
    if difficulty.isascii() and difficulty.isdigit() and len(difficulty) < 4:
        nested["difficulty"] = int(difficulty)
    return nested


def _validated(
    model: type[Row], rows: list[Any], kind: str, problems: list[str]
) -> Iterator[tuple[int, Row]]:
    """Yield the rows that fit the model, with their numbers, and add all mistakes to `problems`.

    A question with two equal options fits the model and is yielded, but is a mistake as well.
    """
    for number, row in enumerate(rows, 1):
        try:
            valid = model.model_validate(row)
        except ValidationError as error:
            for found in error.errors():
                place = ".".join(str(part) for part in found["loc"]) or "the whole row"
                problems.append(f"{_label(kind, number, row)}: {place}: {found['msg']}")
            continue
        if isinstance(valid, QuestionRow) and len(set(dict(valid.options).values())) < 4:
            problems.append(f"{_label(kind, number, row)}: options: two of them are the same")
        yield number, valid


def _label(kind: str, number: int, row: Any) -> str:
    code = (row.get("code") or row.get("slug")) if isinstance(row, dict) else None
    return f"{kind} {number} ({code})" if code else f"{kind} {number}"


def _repeated_codes(questions: Mapping[int, QuestionRow]) -> list[str]:
    codes = {number: question.code for number, question in questions.items()}
    return [
        f"rows {' and '.join(str(n) for n, other in codes.items() if other == code)}"
        f" ({code}): code: each question needs its own"
        for code in _repeated(codes.values())
    ]


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
