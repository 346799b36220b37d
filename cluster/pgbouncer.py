"""A PgBouncer in transaction mode in front of a PostgreSQL server."""

import shutil
from contextlib import suppress
from pathlib import Path

import psycopg

from cluster.postgres_server import postgres_url
from cluster.process import (
    MissingProgram,
    Process,
    account_for_servers,
    free_port,
    temporary_folder,
)
from cluster.programs import on_path
from cluster.server import Server

# Without the last two lines, a server that was away is tried again only after fifteen seconds.
_CONFIG = """\
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool_size}
server_login_retry = 1
server_connect_timeout = 3
"""


def pgbouncer_program() -> Path:
    found = on_path("pgbouncer")
    if not found:
        raise MissingProgram("PgBouncer is not installed: apt-get install pgbouncer")
    return found[0]


class PgBouncer(Server):
    """A PgBouncer on 127.0.0.1 that uses at most `pool_size` connections to the server."""

    def __init__(self, folder: Path, server_port: int, pool_size: int = 20) -> None:
        self.port = free_port()
        user = account_for_servers()
        own_folder = temporary_folder(self, "qader-pgbouncer-")
        config, users = own_folder / "pgbouncer.ini", own_folder / "users.txt"
        users.write_text('"postgres" ""\n')
        config.write_text(
            _CONFIG.format(
                server_port=server_port, port=self.port, users=users, pool_size=pool_size
            )
        )
        if user:
            for path in (own_folder, config, users):
                shutil.chown(path, user)
        command = [pgbouncer_program(), config]
        self.process = Process(f"pgbouncer-{self.port}", command, folder, cwd=own_folder, user=user)

    @property
    def url(self) -> str:
        return postgres_url(self.port)

    def start(self) -> None:
        self.process.start()
        self.process.wait_until_up(self._answers)

    def stop(self) -> None:
        """Stop it at once: SIGTERM ends it without waiting for its clients."""
        self.process.stop()

    def kill(self) -> None:
        """Kill it with SIGKILL: the connections on both of its sides break."""
        self.process.kill()

    def _answers(self) -> bool:
        address = self.url.replace("+psycopg", "", 1)
        with suppress(psycopg.OperationalError), psycopg.connect(address) as connection:
            connection.execute("SELECT 1")
            return True
        return False
