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
    is a path below `interop/clients`. `package` is what its version is asked of. `weakness` says
    what the library does by itself that no server can mend, `weak_in` in which columns that shows,
    and `remedy` which lines its user writes against it.
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
        """The client and what it runs in: no other row has both."""
        return f"{self.name} ({self.runs_in})"

    @property
    def path(self) -> Path:
        return ROOT / "interop" / "clients" / self.program

    @property
    def runs_in_browser(self) -> bool:
        return self.runs_in in BROWSERS


def command(client: Client, url: str, cookie: str) -> Sequence[str | Path]:
    """Return what starts a client that is a process of its own: not one in a browser."""
    if client.runs_in == "node":
        return ["node", client.path.with_name("in_node.js"), client.path.stem, url, cookie]
    if client.runs_in == "python":
        return [ROOT / ".venv" / "interop" / "bin" / "python", client.path, url, cookie]
    return [client.runs_in, client.path, url, cookie]
