"""A node's wall clock can be shifted, and nothing but the wall clock."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cluster.shifted_clock import ShiftedClock

READ = """
import time
from datetime import UTC, datetime

while input():
    time.sleep(0.01)
    print(time.time(), datetime.now(UTC).timestamp(), time.monotonic(), flush=True)
"""


@contextmanager
def reader(clock: ShiftedClock) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", READ],
        env={**os.environ, **clock.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.communicate("\n")


def read(process: subprocess.Popen[str]) -> list[float]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("now\n")
    process.stdin.flush()
    return [float(part) for part in process.stdout.readline().split()]


def test_a_running_process_sees_each_step_of_its_wall_clock_and_of_no_other_clock() -> None:
    clock = ShiftedClock()
    with reader(clock) as process:
        for seconds in (0, 10, -3600):
            clock.shift(seconds)
            wall, date, monotonic = read(process)
            assert [wall, date] == pytest.approx(2 * [time.time() + seconds], abs=2)
            assert monotonic == pytest.approx(time.monotonic(), abs=2)
