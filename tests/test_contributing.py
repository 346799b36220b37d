"""The worked example of CONTRIBUTING.md is true: its diffs apply, and what they make is right."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.prefix) / "bin"
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOUCHED = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)


def run(folder: Path, *command: str | Path, text: str | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"


@pytest.mark.timeout(240)
def test_the_worked_example_applies_and_is_right(tmp_path: Path) -> None:
    for name in ("qader_sse", "tests", "clients", "cluster", "conformance", "demo", "docs"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignored)
    for name in ("migrations", "sample"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("CHANGELOG.md", "pyproject.toml", "wsgi.py"):
        shutil.copy(ROOT / name, tmp_path)
    diffs = "".join(DIFF.findall((ROOT / "CONTRIBUTING.md").read_text()))
    assert len(TOUCHED.findall(diffs)) == diffs.count("+++ b/") >= 10
    run(tmp_path, "git", "apply", "--unidiff-zero", text=diffs)

    touched = [name for name in TOUCHED.findall(diffs) if name.endswith(".py")]
    tests = [name for name in touched if name.startswith("tests/")]
    run(tmp_path, BIN / "ruff", "check", *touched)
    run(tmp_path, BIN / "ruff", "format", "--check", *touched)
    run(tmp_path, BIN / "mypy", *touched)
    pytest_command = (BIN / "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider")
    run(tmp_path, *pytest_command, *tests)
    layers = ("-k", "qader_sse and not long", "tests/test_architecture.py")
    run(tmp_path, *pytest_command, *layers)
