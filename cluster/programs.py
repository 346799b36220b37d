"""Finds programs: on the PATH, and in wheels that bring some along."""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from cluster.process import MissingProgram

# Where Debian puts servers; an ordinary user's PATH leaves it out.
_SERVERS = "/usr/sbin"


def on_path(name: str) -> list[Path]:
    """Return every program of this name on the PATH.

    The first one may be old: a wheel can put a program into the virtual environment's folder, which
    comes first. `newest` chooses among all.
    """
    folders = [*os.get_exec_path(), _SERVERS]
    found = (Path(folder) / name for folder in dict.fromkeys(folders))
    return [path for path in found if path.is_file() and os.access(path, os.X_OK)]


def in_wheel(package: str, pattern: str) -> list[Path]:
    """Return the programs in an installed package that match a glob pattern.

    The package is not imported: that would run its own code for starting these programs, of which
    nothing is used, because `cluster` chooses their ports, accounts and logs itself.
    """
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return sorted(path for path in folder.glob(pattern) if path.is_file()) if folder else []


def newest(candidates: list[Path], how_to_get_it: str) -> Path:
    """Return the program with the highest `--version`; without any, raise MissingProgram."""
    if not candidates:
        raise MissingProgram(how_to_get_it)
    return max(candidates, key=version)


def version(program: Path) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+(?:\.\d+)+", said)
    if found is None:
        raise ValueError(f"{program} --version names no version: {said!r}")
    return tuple(int(part) for part in found.group().split("."))
