"""What is installed is what the lock files name: in the wanted version, with a known hash."""

import re
from pathlib import Path

import pytest

from tools.licences import is_current

ROOT = Path(__file__).parents[1]
LISTS = sorted(
    path
    for pattern in ("requirements*.in", "*/*requirements.in")
    for path in ROOT.glob(pattern)
    if path.parent.name not in (".venv", "node_modules")
)
# Each is installed on top of the one before it.
LAYERS = ["requirements.txt", "requirements-demo.txt", "requirements-dev.txt"]


def locked(path: Path) -> dict[str, tuple[str, int]]:
    """Return the version of each package in a lock file, and how many hashes it has."""
    found: dict[str, tuple[str, int]] = {}
    entries = re.split(r"^(?=[A-Za-z0-9])", path.read_text(), flags=re.MULTILINE)
    for entry in entries[1:]:
        pin = re.match(r"([\w.-]+)==([^\s;]+)", entry)
        assert pin, entry
        found[normalised(pin[1])] = (
            pin[2],
            len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry)),
        )
    return found


def listed(path: Path) -> set[str]:
    """Return the packages that a list names, those of the lists that it includes too."""
    found: set[str] = set()
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            found |= listed(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.add(normalised(re.split(r"[\[=;\s]", line)[0]))
    return found


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("path", LISTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_list_is_locked_with_hashes(path: Path) -> None:
    """If it is not: `make lock`."""
    pins = locked(path.with_suffix(".txt"))
    assert listed(path) <= set(pins)
    assert [name for name, (_, hashes) in pins.items() if not hashes] == []


def test_layers_agree_on_versions() -> None:
    """Otherwise each install would undo what the one before it did."""
    below, above = [locked(ROOT / name) for name in LAYERS[:-1]], locked(ROOT / LAYERS[-1])
    for pins in below:
        assert {name: above.get(name) for name in pins} == pins


def test_the_list_of_licences_is_of_these_versions() -> None:
    assert is_current(), "make licences"


def test_every_install_checks_hashes() -> None:
    recipes = (ROOT / "Makefile").read_text().splitlines()
    installs = [line for line in recipes if re.search(r"\bpip\b.* install\b|pip install", line)]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []
