"""Question files for tests of the import, and the command that reads them."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from qader_sse.question_sources import CSV_COLUMNS

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


def as_csv(*rows: Row, columns: list[str] = CSV_COLUMNS, separator: str = ",") -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(columns)
    for flat in (r | {f"option_{k.lower()}": v for k, v in r["options"].items()} for r in rows):
        writer.writerow([flat.get(name, "") for name in columns])
    return file.getvalue()


def importer(app: Flask, folder: Path) -> Import:
    """Return a function that imports a file and returns the exit code and output."""

    def run(name: str, content: object) -> tuple[int, str]:
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8", newline="")
        result = app.test_cli_runner().invoke(args=["questions", "import", str(path)])
        return result.exit_code, result.output

    return run
