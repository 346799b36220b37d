"""docs/integration-guide.md has the code of the example that the tests play, all of it and nothing else."""

import re
from urllib.parse import unquote

import pytest

from cluster.process import ROOT
from qader_sse.domain.messages import MESSAGE_TYPES
from tests.support.nextjs import EXAMPLE, sources
from tools.guide_blocks import GUIDE, named_files, up_to_date

# What `npx create-next-app` and `npm install` write for the reader of the guide.
MADE_BY_NPM = {".npmrc", "README.md", "package.json", "package-lock.json", "tsconfig.json"}
DOCUMENTS = ("README.md", "docs/integration-guide.md", "docs/migrating-from-channels.md")


def test_its_blocks_are_the_files_of_the_example() -> None:
    assert GUIDE.read_text() == up_to_date(), "python -m tools.guide_blocks brings them up to date"


def test_it_has_every_file_that_a_reader_has_to_write() -> None:
    written = {str(path) for path in sources(EXAMPLE)} - MADE_BY_NPM
    assert sorted(named_files()) == sorted(written)


def test_it_names_every_type_of_message() -> None:
    table = GUIDE.read_text().partition("## Messages")[2]
    assert set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)) == set(MESSAGE_TYPES)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_its_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        name, _, heading = target.partition("#")
        if "://" in target:
            continue
        found = path.parent / unquote(name) if name else path
        assert found.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles]
