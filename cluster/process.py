"""A child process with a log file of its own, and ports to listen on."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster.waiting import wait_until

# Below the ports that the kernel gives to outgoing connections (32768 and up). With one of those, a
# server that restarts may find its port taken by a client, and a client that tries the port again
# and again may in the end be connected to itself.
_PORTS = range(10_000, 20_000)
_LOG_TAIL_LINES = 30
# PostgreSQL and PgBouncer refuse to run as root. This account exists on every machine, so none has
# to be created.
_NOT_ROOT = "nobody"

ROOT = Path(__file__).parents[1]


class MissingProgram(Exception):
    """A program is not installed; the text is a sentence that says which, and how to install it."""


class Process:
    """A child process. It may be started again after it ended, and appends to the same log.

    `environ` is added to the environment of this process. `user` is the account it runs as, for a
    server that refuses to be root.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log_path = folder / f"{name}.log"
        self._command = command
        self._environ = environ or {}
        self._cwd = cwd
        self._user = pwd.getpwnam(user) if user else None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return at once; `wait_until_up` waits until it serves."""
        if self.is_running:
            raise RuntimeError(f"{self.name} is running already")
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env={**os.environ, **self._environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own, with its children: Ctrl-C in a terminal reaches every process
                # of a group, but the parent is to stop its servers in order.
                process_group=0,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )

    def wait_until_up(self, is_up: Callable[[], object], timeout: float = 60) -> None:
        """Wait until the condition holds; raise with the end of the log if the process ends first."""

        def is_up_or_over() -> object:
            if not self.is_running:
                raise RuntimeError(f"{self.name} did not start:\n{self._log_tail()}")
            return is_up()

        try:
            wait_until(is_up_or_over, timeout)
        except TimeoutError:
            raise TimeoutError(
                f"{self.name} is not up after {timeout} s:\n{self._log_tail()}"
            ) from None

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, timeout: float = 60) -> None:
        """Signal it to end and wait; if it does not, kill it and raise TimeoutError."""
        if self._child is None or not self.is_running:
            return
        self._child.send_signal(with_signal)
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(
                f"{self.name} did not end within {timeout} s of {with_signal.name}:\n"
                f"{self._log_tail()}"
            ) from None

    def kill(self) -> None:
        """Kill it with SIGKILL, as a crash would end it, and wait for it."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def signal(self, sig: signal.Signals) -> None:
        os.kill(self.pid, sig)

    @property
    def pid(self) -> int:
        if self._child is None or not self.is_running:
            raise RuntimeError(f"{self.name} is not running")
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def _log_tail(self) -> str:
        return "\n".join(self.log.splitlines()[-_LOG_TAIL_LINES:])


def account_for_servers() -> str | None:
    """Return the account of servers that refuse to be root, or None where we are not root."""
    return _NOT_ROOT if os.geteuid() == 0 else None


def free_port(*also_at: int) -> int:
    """Return a port of 127.0.0.1 that is free, and reserved until this process ends.

    `also_at` are distances to further ports that the same server will use.
    """
    # A generator of its own, so that a program that seeds `random` to repeat a run is not disturbed.
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if _reserve(port) and all(_is_free(port + distance) for distance in (0, *also_at)):
            return port
    raise RuntimeError(f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free")


def temporary_folder(owner: object, prefix: str) -> Path:
    """Create a folder that is deleted with its owner, or with this process at the latest."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _reserve(port: int) -> bool:
    """Reserve a port against the other processes that use this module, such as parallel tests.

    The mark is an abstract socket: it disappears with this process and leaves no file.
    """
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0qader-port-{port}")
    except OSError:
        mark.close()
        return False
    mark.detach()  # stays open until this process ends
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
