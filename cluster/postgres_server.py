"""A PostgreSQL server with a fresh database, on TCP like a real one."""

import os
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from cluster.process import Process, free_port, temporary_folder
from cluster.programs import in_wheel, newest, on_path
from cluster.server import Server

# PostgreSQL refuses to be root. This account is on every machine, so none has to be made.
_NOT_ROOT = "nobody"


def postgres_program() -> Path:
    """Return the newest of the `postgres` on the PATH and the one in the wheel pgserver."""
    candidates = [*on_path("postgres"), *in_wheel("pgserver", "pginstall/bin/postgres")]
    return newest(candidates, "postgres is not installed: apt-get install postgresql").resolve()


def postgres_url(port: int) -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


class PostgresServer(Server):
    """A server on 127.0.0.1; started again after `stop` or `kill`, it has its rows and its port.

    Its log is in `folder`. Its data are in a folder of their own below /tmp, which goes away
    with this object: started by root the server is somebody else, to whom the way to `folder`
    may be closed, as pytest closes it.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._program = postgres_program()
        self._user = _NOT_ROOT if os.geteuid() == 0 else None
        self._data = temporary_folder(self, "qader-postgres-")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            # What is written stays in the kernel's hands when the processes are killed; only a
            # power cut would lose it, and this is a laboratory.
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = Process(
            f"postgres-{self.port}",
            [self._program, "-D", self._data, *options],
            folder,
            cwd=self._data,
            user=self._user,
        )

    @property
    def url(self) -> str:
        return postgres_url(self.port)

    def start(self) -> None:
        if not (self._data / "PG_VERSION").exists():
            self._make_database()
        self.process.start()
        self.process.wait_until_up(self._answers)

    def stop(self) -> None:
        """Stop it "fast": transactions are rolled back and connections closed."""
        self.process.stop(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash does, and return when the processes of its connections are gone too."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        # They notice by themselves; before that, the data may not be served again.
        _, left = psutil.wait_procs(children, timeout=30)
        if left:
            raise TimeoutError(f"processes of {self.process.name} did not end: {left}")

    def _make_database(self) -> None:
        if self._user:
            shutil.chown(self._data, self._user)
            _open_the_way_to(self._program)
        choices = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        subprocess.run(
            [self._program.with_name("initdb"), "-D", self._data, "--no-sync", *choices],
            cwd=self._data,  # it wants to know where it is, and ours may be closed to it
            check=True,
            capture_output=True,
            user=self._user,
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=self.port, user="postgres").close()
            return True
        return False


def _open_the_way_to(program: Path) -> None:
    """Let other users through the folders above, for a checkout in root's home."""
    for folder in program.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
