"""Duels on another checkout of the service, in turn with this one."""

import shutil
from pathlib import Path

import pytest

from bench import beside
from bench.duel_cases import Case
from bench.report import ratio
from cluster.process import ROOT

PROGRAM = ("qader_sse", "migrations", "sample", "bench", "cluster", "conformance", "clients/python")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Return a checkout in a folder of its own, whose code can be told from ours."""
    root = tmp_path / "other"
    for name in PROGRAM:
        shutil.copytree(ROOT / name, root / name)
    for name in ("wsgi.py", "gunicorn.conf.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    program = root / "wsgi.py"
    program.write_text(program.read_text() + f"\nopen({str(tmp_path / 'ran')!r}, 'w').close()\n")
    return root


@pytest.mark.timeout(300)
@pytest.mark.programs
def test_both_are_played_on_and_nothing_is_lost(other: Path, tmp_path: Path) -> None:
    rows = beside.play(other, Case("sqlite", 2, seconds=2.0), rounds=1)
    assert (tmp_path / "ran").exists()
    assert [len(row.rounds) for row in rows] == [1, 1]
    assert [row.problems for row in rows] == [[], []]
    section = beside.section("abc123", *rows)
    assert "abc123" in section.text
    answers = section.tables[0].rows[0]
    assert answers[0] == "SQLite, 1 worker: 2 at a time, SSE, no pauses: answers/s"
    assert answers[4] == ratio(rows[1].answers_per_second, rows[0].answers_per_second)


def test_a_folder_without_a_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no checkout"):
        beside.parts(tmp_path)
    assert beside.revision(tmp_path) == tmp_path.name
