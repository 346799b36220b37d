"""Checks a question file before anything is stored, and lists all of its mistakes.

JSON: `{"sections": [...], "questions": [...]}`, or only the list of questions. CSV: one question a
row, with the columns of `question_sources.CSV_COLUMNS`. Whether the sections that questions name
exist is checked by `store.question_bank`, which lists these mistakes beside those found here.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from qader_sse import question_mistakes
from qader_sse.question_markup import numbers
from qader_sse.question_rows import QuestionRow, SectionRow
from qader_sse.question_sources import Source, read_source

Row = TypeVar("Row", bound=BaseModel)


class Problem(NamedTuple):
    """A mistake. Those of rows are listed in the order of the rows, all others before them."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file: where it stands, what it names, and its question if that could be read."""

    number: int
    place: str
    code: str | None
    names: tuple[str | None, str | None, str | None]  # section, subsection, skill
    question: QuestionRow | None


@dataclass(frozen=True, slots=True)
class QuestionFile:
    sections: list[SectionRow]
    rows: list[FileRow]
    separator: str | None = None
    problems: list[Problem] = field(default_factory=list)
    # Sections that the file describes with a mistake: whether their parts exist cannot be said.
    unread_sections: frozenset[str] = frozenset()

    @property
    def questions(self) -> list[QuestionRow]:
        return [row.question for row in self.rows if row.question is not None]


def read(path: Path) -> QuestionFile:
    """Read and check a file. Raises BadQuestionFile if it has no rows that could be checked."""
    source = read_source(path)
    problems: list[Problem] = []
    sections = [
        (raw, _validated(SectionRow, raw, 0, _label("section", number, raw), source, problems))
        for number, raw in enumerate(source.sections, 1)
    ]
    rows = [_row(number, raw, source, problems) for number, raw in source.rows]
    problems += _repeated_codes(rows, source.kind)
    problems += _repeated_questions(rows, source.kind)
    return QuestionFile(
        sections=[section for _, section in sections if section],
        rows=rows,
        separator=source.separator,
        problems=problems,
        unread_sections=frozenset(
            slug for raw, section in sections if not section if (slug := _text(raw, "slug"))
        ),
    )


def content(question: QuestionRow) -> Hashable:
    """Return what makes two questions the same one, whatever their codes."""
    options = frozenset(dict(question.options).values())
    return question.question_text, options, question.image


def _row(number: int, raw: Any, source: Source, problems: list[Problem]) -> FileRow:
    place = _label(source.kind, number, raw)
    question = _validated(QuestionRow, raw, number, place, source, problems)
    if question and len(set(dict(question.options).values())) < 4:
        problems.append(Problem(number, f"{place}: options: two of them are the same"))
    problems += (Problem(number, f"{place}: {said}") for said in _other_in_markup(question, source))
    names = (_text(raw, "section"), _text(raw, "subsection"), _text(raw, "skill"))
    return FileRow(number, place, _text(raw, "code"), names, question)


def _other_in_markup(question: QuestionRow | None, source: Source) -> Iterator[str]:
    """Yield the texts that were changed without their markup: players would see different questions."""
    for name, text, marked_up in question.texts() if question else ():
        named, plain = source.name_of(f"markup.{name}"), source.name_of(name)
        if marked_up and not text:
            yield f"{named}: {plain} is missing: write there what this says, without formulas"
        elif marked_up and text and numbers(marked_up) != numbers(text):
            yield f"{named}: this has other digits than {plain}, or in another order"


def _validated(
    model: type[Row], raw: Any, number: int, place: str, source: Source, problems: list[Problem]
) -> Row | None:
    """Return what fits the model, else None; add all mistakes to `problems`."""
    twice = [f"{name}: this key stands there twice" for name in source.repeated_in(raw)]
    problems += (Problem(number, f"{place}: {said}") for said in twice)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for found in error.errors():
            named = source.name_of(question_mistakes.field(found))
            said = question_mistakes.sentence(found)
            problems.append(Problem(number, f"{place}: {named}: {said}"))
        return None


def _label(kind: str, number: int, raw: Any) -> str:
    code = _text(raw, "code") or _text(raw, "slug")
    return f"{kind} {number} ({code})" if code else f"{kind} {number}"


def _text(raw: Any, name: str) -> str | None:
    found = raw.get(name) if isinstance(raw, dict) else None
    return found if found and isinstance(found, str) else None


def _repeated_codes(rows: list[FileRow], kind: str) -> Iterator[Problem]:
    for code, group in _grouped(rows, lambda row: row.code):
        place = f"{kind}s {_numbers(group)} ({code})"
        yield Problem(group[0].number, f"{place}: code: each question needs its own")


def _repeated_questions(rows: list[FileRow], kind: str) -> Iterator[Problem]:
    for _, group in _grouped(rows, lambda row: row.question and content(row.question)):
        codes = dict.fromkeys(row.code for row in group)
        if len(codes) > 1:  # with one code, it is named for that
            place = f"{kind}s {_numbers(group)} ({', '.join(map(str, codes))})"
            said = "question_text and options: the same question under several codes"
            yield Problem(group[0].number, f"{place}: {said}")


def _grouped(
    rows: list[FileRow], of: Callable[[FileRow], Hashable]
) -> Iterator[tuple[Hashable, list[FileRow]]]:
    """Yield what several rows have in common, with these rows; None is nothing in common."""
    groups: dict[Hashable, list[FileRow]] = defaultdict(list)
    for row in rows:
        groups[of(row)].append(row)
    yield from ((key, group) for key, group in groups.items() if key is not None and len(group) > 1)


def _numbers(group: list[FileRow]) -> str:
    return " and ".join(str(row.number) for row in group)
