"""The fault report in its short form: everything breaks under duels, and nothing is lost."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from chaos.disk_faults import EMBEDDED_FAULTS
from chaos.faults import FAULTS, Fault
from chaos.silent_faults import SILENT_FAULTS
from cluster.process import ROOT


def run(*arguments: str) -> str:
    """Run it as `make chaos` does: gevent patches a process of its own. Return the report."""
    command = [sys.executable, "-m", "chaos", *arguments]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'clients/python'}:{ROOT}"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    return done.stdout


# The limit is for a machine that is many times slower than needed.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "faults", [FAULTS, [*SILENT_FAULTS, *EMBEDDED_FAULTS]], ids=["loud", "silent"]
)
def test_through_every_fault_nothing_is_lost_doubled_or_out_of_order(
    faults: Sequence[Fault],
) -> None:
    """One round each, as short as it may be; in eight duels, each pair of transports plays two."""
    names = ",".join(fault.name for fault in faults)
    report = run("--seconds", "1", "--duels", "8", "--seed", "7", "--faults", names)
    for fault in faults:
        assert f"| {fault.title} |" in report


@pytest.mark.timeout(300)
def test_two_thousand_streams_are_drained_in_time_and_reconnect_spread_out() -> None:
    assert "2,000 of them got the reason" in run("--faults", "drain", "--streams", "2000")
