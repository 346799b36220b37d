"""Runs each file of `tests/patched` in a process that gevent has patched from its start."""

import subprocess
import sys
from pathlib import Path

import pytest

PYTEST = Path(sys.executable).parent / "pytest"
FOLDER = Path(__file__).parent / "patched"


@pytest.mark.programs
@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", sorted(FOLDER.glob("test_*.py")), ids=lambda file: file.stem)
def test_the_file_passes_in_a_patched_process(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gevent.monkey", PYTEST, "-q", "-p", "no:xdist", file],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert " skipped" not in done.stdout
