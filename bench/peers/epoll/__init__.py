"""A minimal server in C: the limit that the kernel and one core set."""

import shutil
import subprocess
from pathlib import Path

from bench.peers.peer import HOW_TO_INSTALL, Peer
from cluster.process import MissingProgram


class Epoll(Peer):
    name = "epoll"

    def _command(self) -> list[str | Path]:
        program = self.folder / f"{self.name}-{self.port}"
        source = self.program_folder / "epoll.c"
        subprocess.run([_gcc(), "-O2", "-Wall", "-Werror", "-o", program, source], check=True)
        return [program, str(self.port), str(self.redis.port), self.target_prefix]

    def _installed_version(self) -> str:
        command = [_gcc(), "-dumpfullversion"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return f"gcc {output.strip()}"


def _gcc() -> str:
    found = shutil.which("gcc")
    if found is None:
        raise MissingProgram(HOW_TO_INSTALL)
    return found
