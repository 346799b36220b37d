"""One node of the service: gunicorn with its workers, as it runs in production."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from cluster.process import ROOT, Process, free_port, is_listening
from cluster.server import Server
from cluster.waiting import wait_until

_BIN = Path(sys.executable).parent
# What everything has in its settings that plays duels by script: tests, chaos, benchmarks. Their many
# accounts come from one address, and do in a second what people do in a day.
NO_LIMITS = {"FAIR_SHARES": "false"}
_READY = re.compile(rb"worker ready pid=(\d+)")


class Node(Server):
    """A gunicorn on a free port; `settings` are its environment variables, with NO_LIMITS first.

    `root` is the checkout whose code it runs.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        settings: Mapping[str, str],
        workers: int = 2,
        root: Path = ROOT,
    ) -> None:
        self._name, self._folder, self._root = name, folder, root
        self.port = free_port()
        self._environ = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(workers),
            **NO_LIMITS,
            **settings,
        }
        self._workers = int(self._environ["WEB_CONCURRENCY"])
        self.process = self._gunicorn()
        self._log_read = 0  # bytes
        self._ready_pids: set[int] = set()

    def start(self) -> None:
        self.process.start()
        self.process.wait_until_up(self.is_complete)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> None:
        """Stop at once; with SIGTERM, as a deploy does, only after draining."""
        self.process.stop(with_signal)

    def kill(self) -> None:
        """Kill the arbiter and all workers at once, as a power failure does."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.kill()
        wait_until(lambda: not is_listening(self.port))

    def kill_worker(self, pid: int) -> None:
        """Kill one worker and wait until it has ended; the arbiter replaces it."""
        if pid not in self.worker_pids:
            raise ValueError(f"{pid} is no worker of {self.process.name}")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: pid not in self.worker_pids)

    def replace(self, root: Path) -> None:
        """Stop it as a deploy does, and start the code of another checkout in its place."""
        self.stop(signal.SIGTERM)
        self._root = root
        self.process = self._gunicorn()
        self.start()

    def reload(self) -> None:
        """Replace every worker, as a deploy does; return when only the new ones serve."""
        self.process.wait_until_up(self.is_complete)
        before = set(self.worker_pids)
        self.process.signal(signal.SIGHUP)
        self.process.wait_until_up(
            lambda: before.isdisjoint(self.worker_pids) and self.is_complete(), timeout=120
        )

    def flask(self, *arguments: str, root: Path | None = None) -> str:
        """Run a command of the service with this node's settings; return what it prints.

        Without a `root`, the code is that of the node.
        """
        done = subprocess.run(
            [_BIN / "flask", "--app", "wsgi", *arguments],
            cwd=root or self._root,
            env={**os.environ, **self._environ},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start_flask(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the service that goes on until it is ended."""
        return subprocess.Popen(
            [_BIN / "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**os.environ, **self._environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def is_complete(self) -> bool:
        """Whether there are as many workers as there should be, and each of them is ready.

        A worker that is not yet ready may miss a signal: a reload or a stop would then wait for the
        whole `graceful_timeout`.
        """
        if not self._answers():
            return False
        pids = self.worker_pids
        self._read_log()
        return len(pids) == self._workers and self._ready_pids.issuperset(pids)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the arbiter."""
        return self.process.pid

    @property
    def worker_pids(self) -> list[int]:
        found = []
        with suppress(psutil.NoSuchProcess):  # the arbiter has ended
            for child in psutil.Process(self.pid).children():
                if child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child.pid)
        return found

    @property
    def log(self) -> str:
        return self.process.log

    @property
    def log_path(self) -> Path:
        return self.process.log_path

    def _gunicorn(self) -> Process:
        command: list[str | Path] = [_BIN / "gunicorn", "wsgi:app"]
        return Process(self._name, command, self._folder, self._environ, cwd=self._root)

    def _read_log(self) -> None:
        """Note which workers have logged that they are ready, in what was logged since last time."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_read)
            for line in log:
                if not line.endswith(b"\n"):
                    break  # the worker is still writing this line
                self._log_read += len(line)
                if found := _READY.search(line):
                    self._ready_pids.add(int(found[1]))

    def _answers(self) -> bool:
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
                connection.request("GET", f"{self._environ.get('SCRIPT_NAME', '')}/livez")
                return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
