"""The clients: each is a short program, as the README of its library suggests it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "firefox-esr")


@dataclass(frozen=True, slots=True)
class Client:
    """One row of the table.

    `runs_in` is what runs the program: `node`, `python`, `java`, `bash`, or a browser. `program`
    is a path below `interop/clients`. `package` is the package or program whose version is shown.
    `weakness` says what the library does wrong whatever the server does, `weak_in` in which columns
    that shows, and `remedy` which lines its user writes against it.
    """

    name: str
    runs_in: str
    program: str
    package: str
    is_websocket: bool = False
    weak_in: frozenset[str] = frozenset()
    weakness: str = ""
    remedy: str = ""

    @property
    def label(self) -> str:
        """The client and what it runs in, which together name one row only."""
        return f"{self.name} ({self.runs_in})"

    @property
    def path(self) -> Path:
        return ROOT / "interop" / "clients" / self.program

    @property
    def runs_in_browser(self) -> bool:
        return self.runs_in in BROWSERS


def command(client: Client, url: str, cookie: str) -> Sequence[str | Path]:
    """Return the command of a client outside of browsers, which is a process of its own."""
    if client.runs_in == "node":
        return ["node", client.path.with_name("in_node.js"), client.path.stem, url, cookie]
    if client.runs_in == "python":
        return [ROOT / ".venv" / "interop" / "bin" / "python", client.path, url, cookie]
    return [client.runs_in, client.path, url, cookie]
