"""From the bytes of a question file to its rows, not yet checked: JSON, and tables as CSV."""

import csv
import io
import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
# The same texts with formulas marked up: in a JSON file, the fields of `markup`.
MARKUP_COLUMNS = [f"{name}_markup" for name in (*CSV_COLUMNS[5:10], *CSV_COLUMNS[11:14])]
_OPTIONAL_COLUMNS = CSV_COLUMNS[-4:]
_KNOWN_COLUMNS = {*CSV_COLUMNS, *MARKUP_COLUMNS}
_OPTIONS = {f"options.{letter}": f"option_{letter.lower()}" for letter in "ABCD"}
# A field of a JSON file that has another name in a table.
_COLUMN_NAMES = {
    **_OPTIONS,
    **{f"markup.{field}": f"{column}_markup" for field, column in _OPTIONS.items()},
    **{f"markup.{column.removesuffix('_markup')}": column for column in MARKUP_COLUMNS},
}
# Excel writes semicolons where the comma is the decimal sign.
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .ods, and .xls begin
_SAVE_AS = "Save it as UTF-8; in Excel that is “CSV UTF-8”."


class BadQuestionFile(Exception):
    """A file cannot be imported; `problems` has a line for each mistake, with the row and the field."""

    def __init__(self, problems: list[str], separator: str | None = None) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.separator = separator


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a file, each with its number as the file's owner counts."""

    kind: str  # what a row is called: "row" in a table, "question" in JSON
    sections: list[Any]
    rows: list[tuple[int, Any]]
    separator: str | None = None  # what stands between the cells of a table
    # Keys that stand twice in an object of a JSON file, by the identity of the object.
    repeated_keys: Mapping[int, list[str]] = field(default_factory=dict)

    def name_of(self, field: str) -> str:
        """Return the name that a field of a JSON file has in this file."""
        return _COLUMN_NAMES.get(field, field) if self.kind == "row" else field

    def repeated_in(self, part: Any, name: str = "") -> Iterator[str]:
        """Yield the keys that stand twice in a part of the file, with those of the parts within it."""
        if isinstance(part, dict):
            yield from (f"{name}{key}" for key in self.repeated_keys.get(id(part), ()))
            for key, inner in part.items():
                yield from self.repeated_in(inner, f"{name}{key}.")
        elif isinstance(part, list):
            for number, inner in enumerate(part):
                yield from self.repeated_in(inner, f"{name}{number}.")


def read_source(path: Path) -> Source:
    """Read a file: as a table if its name ends in .csv or .tsv, else JSON. Raises BadQuestionFile."""
    text = _decoded(path)
    if path.suffix.lower() in (".csv", ".tsv"):
        return _table(text)
    return _json(text)


def repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_SPREADSHEETS):
        raise BadQuestionFile([f"this is a spreadsheet and not a text. {_SAVE_AS}"])
    # Text in UTF-8 has no zero bytes; in UTF-16 every second byte of Latin text is one.
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or data[:1000].count(0) > len(data[:1000]) / 4:
        raise BadQuestionFile([f"this is in UTF-16. {_SAVE_AS}"])
    try:
        # Spreadsheets and editors write a byte order mark first, which is no part of the text.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        looks = "It looks like Windows-1256. " if _looks_like_windows_1256(data) else ""
        said = f"this is not in UTF-8, from line {line} on. {looks}{_SAVE_AS}"
        raise BadQuestionFile([said]) from None


def _looks_like_windows_1256(data: bytes) -> bool:
    signs = [sign for sign in data.decode("cp1256", "replace") if sign > "\x7f"]
    return sum("\u0600" <= sign <= "\u06ff" for sign in signs) > len(signs) / 2


def _json(text: str) -> Source:
    repeated_keys: dict[int, list[str]] = {}

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated_keys[id(found)] = repeated(key for key, _ in pairs)
        return found

    try:
        content = json.loads(text, object_pairs_hook=to_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadQuestionFile([f"this is not JSON: {where}: {error.msg}"]) from None
    except (ValueError, RecursionError):
        said = "this is no JSON that can be read: it has a huge number, or is nested without end"
        raise BadQuestionFile([said]) from None
    if isinstance(content, list):
        content = {"questions": content}
    if not isinstance(content, dict) or not isinstance(content.get("questions"), list):
        raise BadQuestionFile(["this must be a list of questions, or hold one as questions"])
    if twice := repeated_keys.get(id(content)):
        raise BadQuestionFile([f"{name}: this key stands there twice" for name in twice])
    if not isinstance(content.get("sections", []), list):
        raise BadQuestionFile(["sections: this must be a list"])
    rows = list(enumerate(content["questions"], 1))
    return Source("question", content.get("sections", []), rows, repeated_keys=repeated_keys)


def _table(text: str) -> Source:
    text, separator = _without_separator_line(text)
    separator = separator or max(_SEPARATORS, key=lambda found: _known_columns(text, found))
    rows = _cells(text, separator)
    columns = [name.strip() for name in next((cells for _, cells in rows), [])]
    while columns and not columns[-1]:
        columns.pop()
    filled = [(number, cells) for number, cells in rows[1:] if any(cells)]
    problems = [
        *(
            f"column {name} is missing"
            for name in CSV_COLUMNS
            if name not in columns and name not in _OPTIONAL_COLUMNS
        ),
        *(f"column {name} is unknown" for name in columns if name and name not in _KNOWN_COLUMNS),
        *(f"column {name} stands there twice" for name in repeated(filter(None, columns))),
        *(
            f"row {number}: more cells than columns"
            for number, cells in filled
            if any(cells[len(columns) :])
        ),
    ]
    named = _SEPARATORS[separator]
    if problems:
        raise BadQuestionFile(problems, named)
    found = [(n, _nested(dict(zip(columns, cells, strict=False)))) for n, cells in filled]
    return Source("row", [], found, named)


def _without_separator_line(text: str) -> tuple[str, str | None]:
    """Take off the line `sep=;`, by which Excel is told the separator, and which it does not show."""
    first, _, rest = text.partition("\n")
    given = first.strip("\r").removeprefix("sep=")
    return (rest, given) if first.startswith("sep=") and given in _SEPARATORS else (text, None)


def _known_columns(text: str, separator: str) -> int:
    first = text.lstrip("\r\n").partition("\n")[0]
    return len({name.strip(' "\r') for name in first.split(separator)} & _KNOWN_COLUMNS)


def _cells(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Return the rows with their numbers as a spreadsheet shows them: the header is row 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if cells:
                rows.append((number, cells))
    except csv.Error:
        said = (
            f'row {number + 1} cannot be read: a cell that begins with " also ends with it, and each'
            ' " within it is written twice'
        )
        raise BadQuestionFile([said], _SEPARATORS[separator]) from None
    return rows


def _nested(row: Mapping[str, str]) -> dict[str, Any]:
    """Turn a flat row into the object of a JSON file; an empty cell becomes a missing key."""
    filled = {name: value for name, value in row.items() if name and value}
    markup = {name: filled.pop(name) for name in MARKUP_COLUMNS if name in filled}
    nested = _with_options(filled)
    if markup:
        named = {name.removesuffix("_markup"): value for name, value in markup.items()}
        nested["markup"] = _with_options(named)
    difficulty = str(nested.get("difficulty", ""))
    if difficulty.isascii() and difficulty.isdigit() and len(difficulty) < 4:
        nested["difficulty"] = int(difficulty)
    return nested


def _with_options(flat: Mapping[str, str]) -> dict[str, Any]:
    """Gather the options of a row, which stand in cells of their own."""
    nested: dict[str, Any] = {k: v for k, v in flat.items() if not k.startswith("option_")}
    columns = {letter: f"option_{letter.lower()}" for letter in "ABCD"}
    nested["options"] = {letter: flat[name] for letter, name in columns.items() if name in flat}
    return nested
