"""Lists the licences of what the service runs on: `python -m tools.licences --write`.

A package's own metadata says its licence, in one of three places of different age.
"""

import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from tools.lock_files import pins_here

_ROOT = Path(__file__).parents[1]
_LOCK, _DOCUMENT = _ROOT / "requirements.txt", _ROOT / "docs/licences.md"
_HEAD = """# Licences

What `requirements.txt` installs beside our own code, which is under the [MIT licence](../LICENSE): each package, on Linux
with Python 3.11, and the licence that it names. `make licences` writes this page, and a test compares it.

| package | version | licence |
|---|---|---|
"""
# What a package brings along that others wrote, under another licence.
_BROUGHT = {"flask-openapi3-swagger": "; Swagger UI in it: Apache-2.0"}
_LONGEST = 60  # some put the whole text where its name belongs


def rows() -> list[str]:
    """Return a line for each package that is wanted on this machine."""
    return [
        f"| {name} | {version} | {licence(distribution(name))}{_BROUGHT.get(name, '')} |"
        for name, version in pins_here(_LOCK).items()
    ]


def is_current() -> bool:
    """Whether the page has the line of each package that is wanted on this machine."""
    return set(rows()) <= set(_DOCUMENT.read_text().splitlines())


def licence(package: Distribution) -> str:
    metadata = package.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    named = str((metadata.get_all("License") or [""])[0]).strip()
    if named and len(named) <= _LONGEST and "\n" not in named:
        return named
    classifiers = [str(entry) for entry in metadata.get_all("Classifier") or ()]
    found = [entry.rpartition(" :: ")[2] for entry in classifiers if entry.startswith("License ::")]
    return ", ".join(found) or "unknown"


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        _DOCUMENT.write_text(_HEAD + "".join(f"{row}\n" for row in rows()))
    elif not is_current():
        print("docs/licences.md is of other versions: python -m tools.licences --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
