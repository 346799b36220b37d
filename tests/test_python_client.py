"""The client in Python stands alone: installed as clients/python/README.md says, it follows a challenge."""

import ast
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cluster.local_server import LocalServer
from cluster.process import ROOT
from tests.support.duel import PASSWORD

CLIENT = ROOT / "clients" / "python"
MODULES = sorted((CLIENT / "qader_client").glob("*.py"))
FOLLOW = """
import sys
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

base_url, password = sys.argv[1:]
inviting, invited = (Api.signed_in(base_url, name, password) for name in ("player1", "player2"))
created = inviting.create("quick_quant_10", "player2").body
watchers = [
    SseWatcher(inviting, f"/sse/challenges/{created['id']}/").open(),
    SocketWatcher(invited, f"/ws/challenges/{created['id']}/").open(),
]
invited.act(created["id"], "decline")
for watcher in watchers:
    watcher.wait_until(lambda: len(watcher.messages) == 2)
    watcher.cut()
    print(watcher.messages[-1].payload["status"])
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the client and what pip takes along."""
    folder = tmp_path_factory.mktemp("client")
    # A copy, because building leaves files beside the sources.
    source = shutil.copytree(
        CLIENT, folder / "source", ignore=shutil.ignore_patterns("__pycache__")
    )
    venv.create(folder / "venv", with_pip=True)
    interpreter = folder / "venv" / "bin" / "python"
    pip = f"{interpreter} -m pip --quiet --disable-pip-version-check install {source}"
    subprocess.run(pip.split(), check=True, cwd=folder)
    return interpreter


@pytest.mark.timeout(180)
@pytest.mark.programs
def test_installed_by_itself_it_follows_a_challenge_over_both_protocols(
    python: Path, server: LocalServer, tmp_path: Path
) -> None:
    done = subprocess.run(
        [python, "-c", FOLLOW, server.base_url, PASSWORD],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "declined\ndeclined\n"), done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_it_imports_nothing_of_the_repository_but_itself(module: Path) -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(module.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names <= {"h11", "websockets", "qader_client"}
