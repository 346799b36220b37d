"""The documents as they were last released, in `docs/released/`, and what has changed since.

`make check-documents` fails where a change since then breaks clients; `make release-documents`
replaces the released documents by those of now.
"""

import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cluster.process import ROOT
from qader_sse.version import VERSION
from tools import served_documents
from tools.document_changes import asyncapi_changes, openapi_changes

RELEASED = ROOT / "docs" / "released"
_COMPARE = {"openapi.json": openapi_changes, "asyncapi.json": asyncapi_changes}
_ADVICE = """
{count} of the changes since version {version} of the documents break clients that were written or
generated from them. Undo them, or, if they are meant:
  1. raise VERSION in qader_sse/version.py, as Semantic Versioning has it;
  2. say in CHANGELOG.md, under a heading with that version, what clients have to change;
  3. make release-documents, and commit docs/released with the rest.
"""


def main() -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        served_documents.write(folder)
        if refusal := why_not_to_release(breaking_changes(folder)):
            print(refusal)
            return 1
        RELEASED.mkdir(exist_ok=True)
        for document in _COMPARE:
            found = comparable(read(folder / document))
            text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
            (RELEASED / document).write_text(text)
    print(f"docs/released has the documents of version {VERSION} now")
    return 0


def report(folder: Path) -> int:
    """Print which changes of the documents in a folder break clients; return 1 if there are any."""
    found = breaking_changes(folder)
    for change in found:
        print(change)
    if found:
        print(_advice(found))
    return min(len(found), 1)


def breaking_changes(folder: Path) -> list[str]:
    """Return the changes since the release that break clients, of the documents in a folder."""
    return [
        f"{name}: {change}"
        for name, compare in _COMPARE.items()
        if (RELEASED / name).exists()
        for change in compare(read(RELEASED / name), read(folder / name))
    ]


def why_not_to_release(found: list[str]) -> str | None:
    """Return what is missing before documents with these changes may be called released."""
    if not found:
        return None
    if released_version() == VERSION:
        said = f"Version {VERSION} is released with other documents: raise it first."
        return said + _advice(found)
    if not re.search(rf"^## {re.escape(VERSION)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M):
        return f"CHANGELOG.md has no heading for version {VERSION}." + _advice(found)
    return None


def _advice(found: list[str]) -> str:
    return _ADVICE.format(count=len(found), version=released_version())


def released_version() -> str:
    return str(read(RELEASED / "openapi.json")["info"]["version"])


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def comparable(part: Any) -> Any:
    """Return a document without its examples and without the address of the server that wrote it."""
    if isinstance(part, list):
        return [comparable(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    kept = {name: value for name, value in part.items() if name not in ("example", "examples")}
    if {"host", "protocol"} <= set(kept):
        kept["host"] = "localhost"
    return {name: comparable(value) for name, value in kept.items()}


if __name__ == "__main__":
    sys.exit(main())
