"""Reads lock files, which `make lock` writes."""

import re
from pathlib import Path

from packaging.markers import Marker

_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.+?))? \\$", re.MULTILINE)


def pins_here(path: Path) -> dict[str, str]:
    """Return the version of each package that a lock file wants on this platform and Python."""
    found = _PIN.findall(path.read_text())
    return {
        name: version for name, version, marker in found if not marker or Marker(marker).evaluate()
    }
