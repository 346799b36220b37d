"""better-sse on Node: one of its channels for each topic."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.peers.peer import HOW_TO_INSTALL, NODE_PEERS, Peer
from cluster.process import MissingProgram


class BetterSse(Peer):
    name = "better_sse"

    def _command(self) -> list[str | Path]:
        return [_node(), self.program_folder / "app.cjs"]

    def _environ(self) -> Mapping[str, str]:
        return {
            "PORT": str(self.port),
            "NODE_PATH": str(NODE_PEERS),
            "NODE_ENV": "production",
        }

    def _installed_version(self) -> str:
        node = subprocess.run([_node(), "--version"], check=True, capture_output=True, text=True)
        packages = [f"{name} {_package_version(name)}" for name in ("better-sse", "redis")]
        return ", ".join([*packages, f"node {node.stdout.strip().removeprefix('v')}"])


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        raise MissingProgram(HOW_TO_INSTALL)
    return found


def _package_version(name: str) -> str:
    about = NODE_PEERS / name / "package.json"
    if not about.exists():
        raise MissingProgram(HOW_TO_INSTALL)
    return str(json.loads(about.read_text())["version"])
