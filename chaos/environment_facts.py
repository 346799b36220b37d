"""The conditions of a report, which are needed to repeat it."""

import os
import platform
import re
import subprocess
from importlib.metadata import version

from cluster import programs
from cluster.nginx import nginx_program
from cluster.pgbouncer import pgbouncer_program
from cluster.postgres_server import postgres_program
from cluster.redis_server import redis_program


def facts() -> dict[str, str]:
    """Return the versions of all programs that take part, and the number of cores."""
    return {
        "Redis": _dotted(programs.version(redis_program())),
        "PostgreSQL": _dotted(programs.version(postgres_program())),
        "PgBouncer": _dotted(programs.version(pgbouncer_program())),
        "nginx": _nginx_version(),
        "Python": platform.python_version(),
        "gunicorn": version("gunicorn"),
        "gevent": version("gevent"),
        "cores": f"{os.cpu_count()}, shared by the servers and all the players",
    }


def _dotted(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def _nginx_version() -> str:
    command = [str(nginx_program()), "-v"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found = re.search(r"[\d.]+", done.stderr)  # nginx prints its version there
    return found.group() if found else "unknown"
