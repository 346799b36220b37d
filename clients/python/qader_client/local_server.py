"""A server of one's own: real gunicorn on a free port, its data in a folder that goes away with it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

from qader_client.watch import wait_until

ROOT = Path(__file__).parents[3]
_BIN = Path(sys.executable).parent


class LocalServer:
    """Start with `with LocalServer() as server`; settings go in as environment variables."""

    def __init__(self, **settings: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="qader-")
        self.port = _free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log_path = Path(self._folder.name) / "server.log"
        self._environ = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self._folder.name}/qader.sqlite3",
            "SECRET_KEY": "local-server-key",
            "PORT": str(self.port),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.flask("set-up")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [_BIN / "gunicorn", "wsgi:app"],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_up)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> None:
        """Stop at once; with SIGTERM, as a deploy does, after draining."""
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(timeout=30)
            self._process = None

    def flask(self, *arguments: str) -> str:
        """Run a command of the service against this server's database; return what it prints."""
        done = subprocess.run(
            [_BIN / "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self._environ,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{self.log}")
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
                connection.request("GET", "/livez")
                return connection.getresponse().status == 200
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
