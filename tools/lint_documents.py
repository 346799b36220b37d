"""Has linters and validators read both documents, and compares them with those of the last release.

`make check-documents` runs it. It fails at the first warning: a rule that does not suit this
project is switched off, with its reason, in `tools/documents/`.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from openapi_spec_validator import OpenAPIV31SpecValidator

from cluster.process import ROOT
from tools import released_documents, served_documents

FOLDER = ROOT / "tools" / "documents"
PROGRAMS = FOLDER / "node_modules" / ".bin"


def main() -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        served_documents.write(folder)
        return max(*lint(folder), validate(folder), released_documents.report(folder))


def lint(folder: Path) -> list[int]:
    """Run the linters on the documents in a folder; return their exit codes."""
    openapi, asyncapi = (folder / name for name in served_documents.DOCUMENTS)
    spectral = ("lint", "--ruleset", FOLDER / "spectral.yaml", "--fail-severity", "info")
    commands: tuple[tuple[str | Path, ...], ...] = (
        (PROGRAMS / "redocly", "lint", "--config", FOLDER / "redocly.yaml", openapi),
        (PROGRAMS / "spectral", *spectral, openapi, asyncapi),
        ("node", FOLDER / "validate_asyncapi.mjs", asyncapi),
    )
    return [subprocess.run(command, check=False).returncode for command in commands]


def validate(folder: Path) -> int:
    """Print what the schema of OpenAPI 3.1 does not allow; return 1 if there is anything."""
    document = json.loads((folder / "openapi.json").read_text())
    problems = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    for problem in problems:
        print(f"openapi.json is no OpenAPI 3.1: {problem}")
    return min(len(problems), 1)


if __name__ == "__main__":
    sys.exit(main())
