"""Writes both documents to a folder and has Redocly's and Spectral's linters read them.

`make check-documents` runs it. It fails at the first warning: a rule that does not suit this
project is switched off, with its reason, in `tools/documents/`.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import ROOT

FOLDER = ROOT / "tools" / "documents"
PROGRAMS = FOLDER / "node_modules" / ".bin"
DOCUMENTS = {"openapi.json": "/openapi/openapi.json", "asyncapi.json": "/asyncapi.json"}


def main() -> int:
    with TemporaryDirectory() as folder:
        write(Path(folder))
        return max(lint(Path(folder)))


def write(folder: Path) -> None:
    """Write the documents into a folder, as a service answers them."""
    with LocalServer() as server:
        api = Api(server.base_url)
        for name, path in DOCUMENTS.items():
            (folder / name).write_text(json.dumps(api.get(path).body, ensure_ascii=False))
        api.close()


def lint(folder: Path) -> list[int]:
    """Run the linters on the documents in a folder; return their exit codes."""
    openapi, asyncapi = (str(folder / name) for name in DOCUMENTS)
    redocly = ["redocly", "lint", "--config", str(FOLDER / "redocly.yaml"), openapi]
    spectral = ["spectral", "lint", "--ruleset", str(FOLDER / "spectral.yaml")]
    spectral += ["--fail-severity", "info", openapi, asyncapi]
    return [
        subprocess.run([PROGRAMS / program, *arguments], check=False).returncode
        for program, *arguments in (redocly, spectral)
    ]


if __name__ == "__main__":
    sys.exit(main())
