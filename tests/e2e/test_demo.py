"""`make demo`, run as a person would run it."""

import subprocess
import sys

from cluster.process import ROOT


def test_the_demo_plays_a_whole_duel_and_reports_no_violation() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={"PYTHONPATH": "clients/python:."},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("challenge.end") == 2
    assert "Both logs keep the contract" in done.stdout
