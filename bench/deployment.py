"""The service with the servers it needs, started for a measurement of duels."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from flask import Flask

from bench import accounts, cores
from bench.accounts import Account
from cluster.node import NO_LIMITS, Node
from cluster.postgres_server import PostgresServer
from cluster.process import ROOT
from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service

Backend = Literal["sqlite", "postgres"]
NAMES: dict[Backend, str] = {"sqlite": "SQLite", "postgres": "PostgreSQL and Redis"}

# More than any measurement opens on one worker; the default would refuse some of them.
MAX_STREAMS = "15000"
# About how long it takes to start the servers and to create some thousands of accounts.
STARTS_SECONDS = 10.0
_KEY = "the-key-of-a-benchmark"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running service. `pids` are its processes by kind: `workers`, `postgres`, `redis`."""

    node: Node
    pids: dict[str, list[int]]
    is_pinned: bool
    # A second instance of the app, in this process: it serves no requests, it only writes rows.
    app: Flask
    root: Path  # the checkout whose code it runs
    environ: dict[str, str]

    @property
    def port(self) -> int:
        return self.node.port

    @property
    def service(self) -> Service:
        found: Service = self.app.extensions["qader_sse"]
        return found

    @property
    def client_core(self) -> int | None:
        return cores.CLIENT if self.is_pinned else None

    @property
    def title(self) -> str:
        workers = len(self.node.worker_pids)
        stores = "PostgreSQL + Redis" if "postgres" in self.pids else "SQLite"
        return f"{stores}, {workers} worker{'s' if workers > 1 else ''}"

    def create_accounts(self, count: int, prefix: str) -> list[Account]:
        """Create accounts that are signed in, named by the prefix and a number."""
        names = [f"{prefix}{number}" for number in range(count)]
        if self.root != ROOT:
            return accounts.create_with(self.root, self.environ | {"REDIS_URL": ""}, names)
        return accounts.create(self.app, names)


def deployed(
    backend: Backend, workers: int, *, pinned: bool, **settings: str
) -> AbstractContextManager[Deployment]:
    """Serve on SQLite, or on PostgreSQL and Redis, until the `with` block ends.

    `pinned` keeps the service on one core, `cores.SERVER`. `settings` are added to its environment.
    """
    return deployed_from(ROOT, backend, workers, pinned=pinned, **settings)


@contextmanager
def deployed_from(
    root: Path, backend: Backend, workers: int, *, pinned: bool, **settings: str
) -> Iterator[Deployment]:
    """Serve in the same way, with the code of another checkout."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="qader-bench-")))
        pids: dict[str, list[int]] = {}
        environ = {"SECRET_KEY": _KEY, **NO_LIMITS, **settings}
        environ["PYTHONPATH"] = f"{root / 'clients/python'}:{root}"
        if backend == "sqlite":
            environ["DATABASE_URL"] = f"sqlite:///{folder}/qader.sqlite3"
        else:
            postgres = running.enter_context(PostgresServer(folder))
            redis = running.enter_context(RedisServer(folder))
            environ |= {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
            pids |= {"postgres": [postgres.process.pid], "redis": [redis.process.pid]}
        node = Node("service", folder, environ, workers, root)
        node.flask("set-up")
        with cores.on(cores.SERVER if pinned else None):
            running.enter_context(node)
        # Without Redis, so that nothing which this instance writes is announced to the workers.
        app = create_app(Settings.from_env(environ | {"REDIS_URL": ""}))
        running.callback(_dispose, app)
        pids["workers"] = node.worker_pids
        yield Deployment(node, pids, pinned, app, root, environ)


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
