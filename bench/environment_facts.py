"""The machine and the versions that a report was measured on."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cluster.redis_server import redis_program

_LIBRARIES = ("gunicorn", "gevent", "flask", "sqlalchemy", "redis", "hiredis", "orjson")


def facts() -> dict[str, str]:
    """Return what a reader needs to know to compare figures, by name."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return {
        "Machine": f"{_cpu()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB",
        "System": f"Linux {platform.release()}, {_system()}",
        "Python": _python(),
        "Ours": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        "Redis": _first_number([str(redis_program()), "--version"]),
        "C compiler": f"gcc {_first_number(['gcc', '--version'])}",
        "Measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Beside it": (
            f"{os.getloadavg()[0]:.1f} processes wanted to run on average before it began,"
            f" on {len(os.sched_getaffinity(0))} cores"
        ),
    }


def _python() -> str:
    """Return the version, and whose build it is: distributions build one that is a tenth faster."""
    whose = "the distribution's" if sys.base_prefix == "/usr" else "not the distribution's"
    return f"{platform.python_implementation()} {sys.version.split()[0]}, {whose}"


def _cpu() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown distribution"


def _first_number(command: list[str]) -> str:
    """Return the first version number in the output of a command."""
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", output)
    return found[0] if found else "unknown"
