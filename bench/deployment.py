"""What duels are played on: the service on real servers of its own, and people to play."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from bench.players import Account
from cluster.node import Node
from cluster.postgres_server import PostgresServer
from cluster.redis_server import RedisServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store import accounts
from qader_sse.store.accounts import Profile

Backend = Literal["sqlite", "postgres"]

SERVER_CORE, CLIENT_CORE = 0, 1
# Below gunicorn's worker_connections.
MAX_STREAMS = "15000"
_KEY = "bench-key"
_PEOPLE_PER_STATEMENT = 1_000


@dataclass(frozen=True, slots=True)
class Stage:
    """A running service. `pids` are its processes, by what they are."""

    node: Node
    service: Service
    pids: dict[str, list[int]]
    is_pinned: bool
    _app: Flask

    @property
    def port(self) -> int:
        return self.node.port

    @property
    def title(self) -> str:
        workers = len(self.node.worker_pids)
        stores = "PostgreSQL + Redis" if "postgres" in self.pids else "SQLite"
        return f"{stores}, {workers} worker{'s' if workers > 1 else ''}"

    def people(self, count: int, prefix: str) -> list[Account]:
        """Create accounts that are signed in, without asking the service for anything."""
        signer = SecureCookieSessionInterface().get_signing_serializer(self._app)
        if signer is None:
            raise RuntimeError("the service has no secret key")
        found: list[Account] = []
        for start in range(0, count, _PEOPLE_PER_STATEMENT):
            numbers = range(start, min(count, start + _PEOPLE_PER_STATEMENT))
            names = [f"{prefix}{number}" for number in numbers]
            for name, (user_id, token) in zip(names, self._sign_in(names), strict=True):
                # What Flask-Login writes into a session when somebody signs in.
                content = {"_user_id": token, "_fresh": True, "_permanent": True}
                found.append(Account(user_id, name, str(signer.dumps(content))))
        return found

    def _sign_in(self, names: list[str]) -> list[tuple[int, str]]:
        profiles = [Profile(name, name) for name in names]
        now = self.service.clock()
        with self.service.database.transaction() as tx:
            accounts.insert_missing(tx.connection, profiles, "no-password", now)
            users = [accounts.by_username(tx.connection, name) for name in names]
            ids = [user.id for user in users if user is not None]
            return [(id_, accounts.open_session(tx.connection, id_, now)) for id_ in ids]


@contextmanager
def stage(backend: Backend, workers: int, *, pinned: bool, **settings: str) -> Iterator[Stage]:
    """Serve on SQLite, or on PostgreSQL and Redis; pinned, on a core of its own.

    `settings` are the service's environment.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="qader-bench-")))
        pids: dict[str, list[int]] = {}
        environ = {"SECRET_KEY": _KEY, "MAX_INVITES_PER_DAY": "1000000", **settings}
        if backend == "sqlite":
            environ["DATABASE_URL"] = f"sqlite:///{folder}/qader.sqlite3"
        else:
            postgres = running.enter_context(PostgresServer(folder))
            redis = running.enter_context(RedisServer(folder))
            environ |= {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
            pids |= {"postgres": [postgres.process.pid], "redis": [redis.process.pid]}
        node = Node("service", folder, environ, workers)
        node.flask("set-up")
        with on_core(SERVER_CORE if pinned else None):
            running.enter_context(node)
        # The service in this process too: not to serve, to write rows as it does. It tells nobody.
        app = create_app(Settings.from_env(environ | {"REDIS_URL": ""}))
        running.callback(_dispose, app)
        service: Service = app.extensions["qader_sse"]
        yield Stage(node, service, {"workers": node.worker_pids, **pids}, pinned, app)


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Start processes that stay on one core; None leaves the kernel its choice."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
