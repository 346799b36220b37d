"""CONTRIBUTING.md is true: its diffs apply, what they make is right, and the files it names exist."""

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

IN_BACKTICKS = re.compile(r"`([\w.-]+/[\w./-]*)`")
TOO_LONG = "tests/test_architecture.py::test_no_file_is_longer_than_250_lines"
TEST_PATH = re.compile(r"tests/[\w/]+(?:\.py)?")


def test_the_files_it_names_exist() -> None:
    text = DIFF.sub("", (ROOT / "CONTRIBUTING.md").read_text())
    named = [name for name in IN_BACKTICKS.findall(text) if not name.startswith("$")]
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("tool", ["newest.sh", "mutation.py"])
def test_the_tests_that_a_tool_runs_exist(tool: str) -> None:
    named = TEST_PATH.findall((ROOT / "tools" / tool).read_text())
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def run(folder: Path, *command: str | Path, text: str | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"


@pytest.mark.timeout(600)
def test_the_worked_example_applies_and_is_right(tmp_path: Path) -> None:
    for name in ("qader_sse", "tests", "clients", "cluster", "conformance", "demo", "docs"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignored)
    for name in ("migrations", "sample"):
        (tmp_path / name).symlink_to(ROOT / name)
    known = ROOT / ".mypy_cache"  # what `make check` found of all that is not touched
    if known.exists():
        shutil.copytree(known, tmp_path / known.name)
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
    # One process, because each imports the service and documents it. The files may become too long.
    of_all = ("tests/test_protocol_claims.py", "tests/test_architecture.py")
    options = ("-q", "-p", "no:xdist", "-p", "no:cacheprovider", f"--deselect={TOO_LONG}")
    run(tmp_path, BIN / "pytest", *options, *tests, *of_all)
