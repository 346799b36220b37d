"""The fault report in its short form: everything breaks under duels, and nothing is lost."""

import os
import subprocess
import sys

import pytest

from chaos.faults import FAULTS
from chaos.silent_faults import SILENT_FAULTS
from cluster.process import ROOT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as `make chaos` does: gevent patches a process of its own."""
    command = [sys.executable, "-m", "chaos", *arguments]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'clients/python'}:{ROOT}"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    return done


@pytest.mark.timeout(900)
def test_through_every_fault_nothing_is_lost_doubled_or_out_of_order() -> None:
    names = ",".join(fault.name for fault in FAULTS)
    done = run("--seconds", "120", "--seed", "7", "--faults", names)
    assert done.returncode == 0, done.stderr
    for fault in FAULTS:
        assert f"| {fault.title} |" in done.stdout


@pytest.mark.timeout(600)
def test_faults_that_nothing_reports_lose_nothing_either() -> None:
    names = ",".join(fault.name for fault in SILENT_FAULTS)
    done = run("--seconds", "60", "--duels", "10", "--seed", "7", "--faults", names)
    assert done.returncode == 0, done.stderr
    for fault in SILENT_FAULTS:
        assert f"| {fault.title} |" in done.stdout


@pytest.mark.timeout(180)
def test_two_thousand_streams_are_drained_in_time_and_reconnect_spread_out() -> None:
    done = run("--faults", "drain", "--streams", "2000")
    assert done.returncode == 0, done.stderr
    assert "2,000 of them got the reason" in done.stdout
