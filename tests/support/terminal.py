"""A terminal that runs the commands of a document as they stand, one block after the other."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster.process import ROOT, Process
from tests.support.examples import Example

# Each block begins where the one before it has ended: in its folder, with what it exported.
_GO_ON = """[ ! -e {state} ] || . {state}
trap '{{ printf "cd %q\\n" "$PWD"; export -p; }} > {state}' EXIT
"""
# What serves until somebody presses Ctrl-C, and what it says when it does.
_SERVES = re.compile(r"^(?:make (?:run|cluster)|\S*gunicorn|\S*qader-sse serve)\b", re.MULTILINE)
_SERVING = ("worker ready", "Stop with Ctrl-C")
_ENDLESS = re.compile(r"^curl (?:-\S+ )*-N\b.*$", re.MULTILINE)  # reads a stream
_PLACEHOLDER = re.compile(r"<[a-z][^<>\n]*>|…")
_SECONDS = 100
_NOT_IN_A_CLONE = (".git", ".venv", "instance", "node_modules", "*_cache", "__pycache__")


class Terminal:
    """Follows a document in a folder that is empty at first.

    `values` is what a reader puts in the place of what is written: `<a placeholder>`, an address.
    A command that serves goes on in the background until the next one of its kind.
    """

    def __init__(
        self, folder: Path, values: Mapping[str, str], environ: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder / "empty"
        self.folder.mkdir()
        self._logs = folder
        self._state = folder / "state"
        self._values = values
        self._environ = dict(environ or {})
        self._server: Process | None = None

    def follow(self, example: Example, typed: str = "") -> str:
        """Run a block; return what it printed. In a `console` block, that is compared as well."""
        if example.kind != "console":
            return self.run(example.text, typed)
        printed = ""
        for part in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            printed = self.run(command, typed)
            assert_shows(self._filled_in(shown), printed, str(example))
        return printed

    def run(self, commands: str, typed: str = "") -> str:
        """Run commands, with `typed` as their input; fail with what they print if one fails."""
        commands = self._filled_in(commands)
        if unknown := _PLACEHOLDER.search(commands):
            raise ValueError(f"nobody says what to put for {unknown[0]!r} in {commands!r}")
        if serves := _SERVES.search(commands):
            before, server = commands[: serves.start()], commands[serves.start() :].strip()
            printed = self.run(before) if before.strip() else ""
            return printed + self._serve(server)
        return self._bash(_ENDLESS.sub(r"timeout 1 \g<0> || [ $? = 124 ]", commands), typed)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGINT)
            self._server.stop(signal.SIGINT)
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.interrupt()

    def _serve(self, command: str) -> str:
        self.interrupt()
        script = ["bash", "-c", f"{self._go_on()}exec {command}"]
        server = Process("serving", script, self._logs, self._environ, cwd=self.folder)
        said_before = len(server.log) if server.log_path.exists() else 0
        server.start()
        self._server = server
        server.wait_until_up(lambda: any(words in server.log[said_before:] for words in _SERVING))
        return server.log[said_before:]

    def _bash(self, commands: str, typed: str) -> str:
        bash = ["bash", "-euo", "pipefail", "-c", self._go_on() + commands]
        done = subprocess.run(
            bash,
            cwd=self.folder,
            env={**os.environ, **self._environ},
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        return done.stdout

    def _go_on(self) -> str:
        return _GO_ON.format(state=self._state)

    def _filled_in(self, text: str) -> str:
        for written, value in self._values.items():
            text = text.replace(written, value)
        return text


def assert_shows(shown: str, printed: str, where: str) -> None:
    """Find the shown lines one after the other; an ellipsis stands for what is left out."""
    rest = printed
    for line in shown.strip("\n").split("\n"):
        begin = line.partition("…")[0].rstrip()
        before, found, rest = rest.partition(begin) if begin else ("", "…", rest)
        assert found, f"{where}: {line!r} is not in what follows {before[-400:]!r}"


def repository(folder: Path) -> Path:
    """Make a repository of the checkout as it is now, for a reader to clone."""
    copy = folder / "repository"
    ignored = shutil.ignore_patterns(*_NOT_IN_A_CLONE)
    shutil.copytree(ROOT, copy, symlinks=True, ignore=ignored)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "All.")):
        command = ["git", *arguments]
        subprocess.run(command, cwd=copy, check=True)
    return copy


def lend_environment(clone: Path) -> None:
    """Give a clone the environment of this checkout, so that `make` downloads nothing."""
    (clone / ".venv").symlink_to((ROOT / ".venv").resolve())
    for path in (*clone.glob("*requirements*.txt"), *clone.glob("*/*requirements*.txt")):
        os.utime(path, (0, 0))  # older than what was installed from it
