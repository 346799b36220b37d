"""The examples in the documents: each block of code, and each JSON object within a sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from qader_sse.installation import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Stands in the line above a block of commands that no test can run, with the reason.
NOT_RUN = re.compile(r"^<!-- not run: (.+) -->\n\Z", re.MULTILINE)
INDENTED = re.compile(r"(?<=\n\n)(?:    .*\n|\n(?=    ))+")
IN_A_SENTENCE = re.compile(r"`(\{[^`]*\})`")
# How the first line of a paragraph in a block begins, where the block itself does not say its language.
BEGINNINGS = (
    ("frames", r"(retry|event|data|id): "),
    ("shell", r"(curl|make|git clone|pip|python -m|\.venv/bin/\w+|PYTHONPATH=\S+ python) ?"),
    ("settings", r"[A-Z][A-Z_]+="),
    ("python", r"from \w+(\.\w+)* import "),
    ("js", r"(import \{|const \w+ = (new|await) )"),
    ("json", r"[\[{]$"),
)
LANGUAGES = {"sh": "shell", "bash": "shell"}


@dataclass(frozen=True, slots=True)
class Example:
    document: str
    line: int
    kind: str  # "" where it is none of the above
    text: str
    why_not_run: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """Return what people read: not the guides of folders that hold no examples for them."""
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "clients").glob("*/README.md")),
    ]


def examples(kind: str | None = None, document: str | None = None) -> list[Example]:
    found = [example for path in documents() for example in _blocks(path)]
    return [
        example
        for example in found
        if kind in (None, example.kind) and document in (None, example.document)
    ]


def objects(document: str) -> list[Example]:
    """Return the JSON objects within the sentences and tables of a document."""
    text = FENCE.sub(_blank, (ROOT / document).read_text())
    return [
        Example(document, _line(text, found), "object", " ".join(found[1].split()))
        for found in IN_A_SENTENCE.finditer(text)
    ]


def _blocks(path: Path) -> Iterator[Example]:
    document, text = str(path.relative_to(ROOT)), path.read_text()
    for found in FENCE.finditer(text):
        kind = LANGUAGES.get(found[1], found[1]) or _kind(found[2])
        mark = NOT_RUN.search(text[: found.start()])
        yield Example(document, _line(text, found) + 1, kind, found[2], mark[1] if mark else "")
    rest = FENCE.sub(_blank, text)
    for found in INDENTED.finditer(rest):
        yield from _paragraphs(document, _line(rest, found), found[0])


def _paragraphs(document: str, line: int, block: str) -> Iterator[Example]:
    """Yield the parts of a block, each of one kind: commands, say, and what they answer."""
    kind, parts = "", []
    for paragraph in re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n").split("\n\n"):
        kind = _kind(paragraph) or kind  # or it goes on with the one before
        parts.append((kind, paragraph))
    for kind, group in groupby(parts, key=lambda part: part[0]):
        text = "\n\n".join(paragraph for _, paragraph in group) + "\n"
        yield Example(document, line, kind, text)
        line += text.count("\n") + 1


def _kind(text: str) -> str:
    first = text.partition("\n")[0]
    return next((kind for kind, begins in BEGINNINGS if re.match(begins, first)), "")


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")  # keeps the numbers of the lines


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1
