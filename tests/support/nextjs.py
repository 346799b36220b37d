"""The example in `examples/nextjs`, built by Next.js and served as it would be in production."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster.process import ROOT, MissingProgram, Process, free_port, is_listening
from cluster.programs import newest, on_path

EXAMPLE = ROOT / "examples" / "nextjs"
# Pages that the tests add to those of the example.
_ADDED = ROOT / "tests" / "browser" / "deployed"
# `make` installs the dependencies here; what is built stays until a file of the example changes.
_FOLDER = ROOT / ".venv" / "nextjs"
_INSTALLED = _FOLDER / "installed"
_HOW_TO_GET_IT = "Next.js is not installed: make .venv/nextjs/installed"
_ENVIRON = {"NEXT_TELEMETRY_DISABLED": "1"}
_NOT_WRITTEN = {"node_modules", ".next", "next-env.d.ts", "tsconfig.tsbuildinfo", ".gitignore"}


def sources(folder: Path) -> list[Path]:
    """Return the files in a folder that somebody has written, as paths within it."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if not _NOT_WRITTEN & set(path.parts)]


def build() -> None:
    """Build the example with the added pages, unless what was built last is of the same files."""
    if not _INSTALLED.exists():
        raise MissingProgram(_HOW_TO_GET_IT)
    files = {path: folder / path for folder in (EXAMPLE, _ADDED) for path in sources(folder)}
    state = hashlib.sha256(str(_INSTALLED.stat().st_mtime_ns).encode())
    for path, source in files.items():
        state.update(f"\n{path}\n".encode() + source.read_bytes())
    stamp = _FOLDER / ".next" / "state"
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return
    for room in {path.parts[0] for path in files if len(path.parts) > 1}:
        shutil.rmtree(_FOLDER / room, ignore_errors=True)
    for path, source in files.items():
        (_FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, _FOLDER / path)
    environ = {**os.environ, **_ENVIRON}
    done = subprocess.run(
        _next("build"), cwd=_FOLDER, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"next build failed:\n{done.stdout}{done.stderr}")
    stamp.write_text(state.hexdigest())


class FrontEnd:
    """The example on a free port: `with FrontEnd("start", log_folder) as front_end`."""

    def __init__(self, command: str, log_folder: Path, **settings: str) -> None:
        self.port = free_port()
        arguments = _next(command, "--hostname", "127.0.0.1", "--port", str(self.port))
        environ = {**_ENVIRON, **settings}
        self._process = Process("next", arguments, log_folder, environ, cwd=_FOLDER)

    def __enter__(self) -> Self:
        self._process.start()
        self._process.wait_until_up(lambda: is_listening(self.port))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stop()


def _next(*arguments: str) -> list[str | Path]:
    # Next.js needs a newer Node than Debian 12 has; where that is the only one, make installs another.
    nodes = [*on_path("node"), *_FOLDER.glob("node_modules/node/bin/node")]
    return [
        newest(nodes, "node is not installed: make servers"),
        "node_modules/next/dist/bin/next",
        *arguments,
    ]
