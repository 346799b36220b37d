"""Writes the files of `examples/nextjs` into docs/integration-guide.md, as its blocks of code.

A line with nothing but a file's name in bold stands above each block. `python -m tools.guide_blocks`
brings the blocks up to date; a test holds that they are.
"""

import re

from cluster.process import ROOT

GUIDE = ROOT / "docs" / "integration-guide.md"
EXAMPLE = ROOT / "examples" / "nextjs"
_BLOCK = re.compile(
    r"(?<=^\*\*`)([^`\n]+)(`\*\*\n\n```\w+\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL
)


def named_files() -> list[str]:
    """Return the files whose blocks the guide has, in its order."""
    return [name for name, _, _ in _BLOCK.findall(GUIDE.read_text())]


def up_to_date() -> str:
    """Return the text of the guide with every block as its file is now."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{(EXAMPLE / found[1]).read_text()}"

    return _BLOCK.sub(block, GUIDE.read_text())


if __name__ == "__main__":
    GUIDE.write_text(up_to_date())
