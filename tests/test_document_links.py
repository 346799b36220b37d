"""Links between documents lead somewhere, and the files that the maps of the code name are there."""

import re
from pathlib import Path

from qader_sse.installation import ROOT
from tests.support.examples import documents

DOCUMENTS = [
    *documents(),
    *(ROOT / name for name in ("CHANGELOG.md", "deploy/README.md", "examples/nextjs/README.md")),
]
MAPS = ("CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md")
FROM = (ROOT, ROOT / "qader_sse", ROOT / "docs")
LINK = re.compile(r"\]\((?![a-z]+:|/)([^)#\s]*)#?([^)\s]*)\)")
FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|js|md|sh|json|toml))`")


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def leads_somewhere(document: Path, path: str, anchor: str) -> bool:
    target = document.parent / path if path else document
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_link_leads_somewhere() -> None:
    links = [
        (document, *link) for document in DOCUMENTS for link in LINK.findall(document.read_text())
    ]
    assert len(links) > 100
    broken = [link for link in links if not leads_somewhere(*link)]
    assert broken == []


def test_the_maps_of_the_code_name_files_that_are_there() -> None:
    named = [(name, file) for name in MAPS for file in FILE.findall((ROOT / name).read_text())]
    assert len(named) > 50
    missing = [one for one in named if not any((folder / one[1]).exists() for folder in FROM)]
    assert missing == []
