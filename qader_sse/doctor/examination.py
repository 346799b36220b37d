"""What is examined, and what several checks need to know of it."""

import subprocess  # nosec B404  # runs the gunicorn that is installed beside this
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from qader_sse.clock import SteadyClock
from qader_sse.config import Settings
from qader_sse.doctor.path.visitor import Visitor
from qader_sse.installation import ROOT
from qader_sse.service import Service
from qader_sse.store.dialect import is_sqlite

# Longer than the pauses between the heartbeats of SSE (15 s) and the pings of WebSockets (25 s).
QUIET_SECONDS = 35.0
LEAST_FREE_BYTES = 1024**3

_PRINT_CONFIG_SECONDS = 30
# gunicorn loads an app before it ends; the service itself takes seconds.
_ANY_APP = "wsgiref.simple_server:demo_app"


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator may choose."""

    url: str = ""
    quiet_seconds: float = QUIET_SECONDS  # how long streams are watched in which nothing happens
    patience_seconds: float = 4.0  # how long is waited for what should come at once
    least_free_bytes: int = LEAST_FREE_BYTES


@dataclass(eq=False)
class Examination:
    """One run of the doctor. `cookie_of` signs a session's token as the service's cookies are."""

    service: Service
    engine: Engine
    options: Options
    cookie_of: Callable[[str], str]
    clock: SteadyClock = field(default_factory=SteadyClock)  # of this machine
    leaving: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        return self.service.settings

    @property
    def is_sqlite(self) -> bool:
        return is_sqlite(self.engine)

    @cached_property
    def gunicorn(self) -> dict[str, str]:
        """How gunicorn would be configured if it were started here, with this environment."""
        command = [sys.executable, "-m", "gunicorn", "--print-config", _ANY_APP]
        done = subprocess.run(  # noqa: S603 # nosec B603  # no part of it comes from elsewhere
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=_PRINT_CONFIG_SECONDS,
        )
        lines = (line.partition(" = ") for line in done.stdout.splitlines())
        return {name.strip(): value for name, _, value in lines}

    @cached_property
    def visitor(self) -> Visitor:
        """Whoever comes through the public address, as a browser does."""
        visitor = Visitor(self.options.url, self.service, self.cookie_of)
        self.leaving.callback(visitor.leave)
        return visitor
