"""Pins processes to cores, and reads the time and the memory that they use."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SERVER, CLIENT = 0, 1

_ALL = os.sched_getaffinity(0)
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Have processes that start in the `with` block run on one core; None: on any core of ours."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _ALL if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def pin(pids: Sequence[int], core: int) -> None:
    """Pin all threads of these processes to a core, whatever their affinity was before."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):  # the thread has ended
                os.sched_setaffinity(int(task.name), {core})


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time that these processes have used so far, in the kernel and outside of it."""
    return sum(map(_cpu_seconds, pids))


def busy_seconds(core: int) -> float:
    """Return how long a core was not idle so far: any process, interrupts, and stolen time."""
    lines = Path("/proc/stat").read_text().splitlines()
    fields = next(line.split() for line in lines if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields[1:9])
    return (user + nice + system + sum(interrupts)) / _TICKS


def pss_bytes(pids: Sequence[int]) -> int:
    """Return the PSS of these processes: of a page that n processes share, each has 1/n.

    Without the pages of files: how many share a library changes with whatever else the machine runs.
    """
    return sum(map(_pss_bytes, pids))


def _cpu_seconds(pid: int) -> float:
    # The process's name is in parentheses and may hold blanks; no field after it does.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = [line.split()[1] for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))]
    return sum(map(int, own)) * 1024
