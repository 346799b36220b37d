"""The metrics of a worker's process, under the names that all of Prometheus's libraries use.

The library's own collector lists the open files to count them: with 10,000 streams, that stopped a
worker for 8 ms every second.
"""

import os
import resource
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from qader_sse.metrics.reading import Reading, counter, gauge, read

VIRTUAL_MEMORY = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", "worker")
MEMORY = gauge("process_resident_memory_bytes", "Resident memory size in bytes.", "worker")
STARTED = gauge(
    "process_start_time_seconds",
    "Start time of the process since unix epoch in seconds.",
    "worker",
)
CPU = counter(
    "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "worker"
)
FILES = gauge("process_open_fds", "Number of open file descriptors.", "worker")
MAX_FILES = gauge("process_max_fds", "Maximum number of open file descriptors.", "worker")

_PROC = Path("/proc")
_OWN = _PROC / "self"
_TICKS_PER_SECOND, _PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def readings(worker: str) -> Iterator[Reading]:
    """Read memory, CPU time, open files and the start of this process, where Linux tells them."""
    if not _OWN.exists():
        return
    # The process's name is in parentheses and may hold blanks; no field after it does.
    fields = (_OWN / "stat").read_text().rpartition(")")[2].split()
    user, system, started, size, pages = (int(fields[place]) for place in (11, 12, 19, 20, 21))
    yield read(VIRTUAL_MEMORY, size, worker)
    yield read(MEMORY, pages * _PAGE_BYTES, worker)
    yield read(STARTED, _booted_at() + started / _TICKS_PER_SECOND, worker)
    yield read(CPU, (user + system) / _TICKS_PER_SECOND, worker)
    yield read(FILES, _open_files(), worker)
    yield read(MAX_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0], worker)


def _open_files() -> int:
    """Return how many files are open, which Linux counts by itself since 6.2."""
    folder = _OWN / "fd"
    return folder.stat().st_size or len(os.listdir(folder))


@cache
def _booted_at() -> int:
    lines = (_PROC / "stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime"))
