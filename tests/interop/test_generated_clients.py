"""Clients that are generated from the OpenAPI document are strict, and play a whole duel."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD
from tests.support.servers import MakeServer
from tools.guide_blocks import GUIDE

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "interop" / "generated"
NODE_MODULES = ROOT / "interop" / "node_modules"
PYTHON = ROOT / ".venv" / "interop" / "bin"

pytestmark = pytest.mark.timeout(180)  # two generators, two type checkers, and two cores


@pytest.fixture(scope="module")
def strict_server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server with its limits, so that there is a 429."""
    with make_server(FAIR_SHARES="true") as server:
        yield server


@pytest.fixture
def document(strict_server: LocalServer, tmp_path: Path) -> Path:
    """The document, in the folder of the client to be."""
    api = Api(strict_server.base_url)
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(api.get("/openapi/openapi.json").body))
    api.close()
    return path


def run(*command: str | Path, folder: Path) -> str:
    """Run a program in a folder; return what it has printed, its complaints as well."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": f"{PYTHON}:{os.environ['PATH']}"},  # the generator calls ruff
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text((PROGRAMS / name).read_text())


def options_in_the_guide(program: str) -> Sequence[str]:
    """Return how docs/integration-guide.md has its readers run a generator."""
    pattern = rf"^    (?:npx )?{program} (.*openapi\.json.*)$"
    (options,) = re.findall(pattern, GUIDE.read_text(), re.MULTILINE)
    return shlex.split(options)


def players(server: LocalServer, first: int) -> Sequence[str]:
    """Return what a program is told: the address, the challenger, the opponent and their password."""
    return server.base_url, f"player{first}", f"player{first + 1}", PASSWORD


def test_openapi_typescript_and_openapi_fetch(strict_server: LocalServer, document: Path) -> None:
    folder = document.parent
    put(folder, "duel.ts", "tsconfig.json")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(NODE_MODULES)
    programs = folder / "node_modules" / ".bin"
    generator = "openapi-typescript"
    run(programs / generator, *options_in_the_guide(generator), folder=folder)
    run(programs / "tsc", folder=folder)
    assert run("node", "duel.js", *players(strict_server, 1), folder=folder) == "played\n"


def test_openapi_python_client(strict_server: LocalServer, document: Path) -> None:
    folder = document.parent
    put(folder, "duel.py", "mypy.ini")
    generator = "openapi-python-client"
    said = run(PYTHON / generator, *options_in_the_guide(generator), folder=folder)
    assert "arning" not in said
    mypy = (ROOT / ".venv" / "bin" / "mypy", "--no-incremental")
    run(*mypy, "--python-executable", PYTHON / "python", folder=folder)
    assert (
        run(PYTHON / "python", "duel.py", *players(strict_server, 3), folder=folder) == "played\n"
    )
