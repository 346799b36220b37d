"""A complete installation on this machine: nginx, nodes, and the servers that they share."""

import logging
from contextlib import ExitStack
from pathlib import Path

from cluster.fault_proxy.handle import FaultProxy
from cluster.nginx import Nginx
from cluster.node import Node
from cluster.pgbouncer import PgBouncer
from cluster.postgres_server import PostgresServer, postgres_url
from cluster.process import ROOT, temporary_folder
from cluster.redis_server import RedisServer, redis_url
from cluster.server import Server
from cluster.shifted_clock import ShiftedClock

logger = logging.getLogger(__name__)


class Cluster(Server):
    """Nodes behind an nginx, with one Redis and one PostgreSQL, each behind a `FaultProxy`.

    The nodes reach both through the proxies only, so that tests can disturb the network.
    `settings` are the nodes' environment. Without a `folder`, the logs are deleted with this object.
    If `is_extended`, the last node reaches PostgreSQL through a PgBouncer in transaction mode, each
    node has a wall clock that can be shifted, and PostgreSQL has a disk that can be full. nginx
    listens on `port`, or on one that is free. The nodes run the code of the checkout `root`.
    Raises MissingProgram before anything is started.
    """

    def __init__(
        self,
        folder: Path | None = None,
        nodes: int = 2,
        workers: int = 2,
        *,
        is_extended: bool = False,
        port: int | None = None,
        root: Path = ROOT,
        **settings: str,
    ) -> None:
        self.folder = folder or temporary_folder(self, "qader-cluster-")
        self.redis = RedisServer(self.folder)
        self.postgres = PostgresServer(self.folder, is_fillable=is_extended)
        self.redis_proxy = FaultProxy(self.redis.port)
        self.postgres_proxy = FaultProxy(self.postgres.port)
        self.settings = {
            "DATABASE_URL": postgres_url(self.postgres_proxy.port),
            "REDIS_URL": redis_url(self.redis_proxy.port),
            "SECRET_KEY": "local-cluster-key",
            **settings,
        }
        self.clocks = [ShiftedClock() for _ in range(nodes)] if is_extended else []
        self.pgbouncer: PgBouncer | None = None
        environs = [self.settings | clock.environ for clock in self.clocks] or nodes * [
            self.settings
        ]
        if is_extended:
            self.pgbouncer = PgBouncer(self.folder, self.postgres_proxy.port)
            environs[-1] = environs[-1] | {"DATABASE_URL": self.pgbouncer.url}
        self.nodes = [
            Node(f"node-{number}", self.folder, environ, workers, root)
            for number, environ in enumerate(environs, start=1)
        ]
        self.nginx = Nginx(self.folder, [node.port for node in self.nodes], port)
        self._running = ExitStack()

    @property
    def base_url(self) -> str:
        return self.nginx.base_url

    @property
    def database_url(self) -> str:
        """The address of the database itself, without the proxies."""
        return self.postgres.url

    def start(self) -> None:
        self._start("Redis", self.redis, self.redis_proxy)
        self._start("PostgreSQL", self.postgres, self.postgres_proxy)
        if self.pgbouncer:
            self._start("PgBouncer", self.pgbouncer)
        self.flask("set-up")
        logger.info("the database is set up")
        for node in self.nodes:
            self._start(node.process.name, node)
        self._start("nginx", self.nginx)

    def stop(self) -> None:
        """Stop the servers in reverse order, so that each outlives those that need it."""
        self._running.close()

    def start_standby(self) -> PostgresServer:
        """Start a streaming standby of the PostgreSQL server."""
        is_fillable = self.postgres.disk is not None
        standby = PostgresServer(self.folder, primary=self.postgres, is_fillable=is_fillable)
        self._start("the standby", standby)
        return standby

    def replace_postgres(self, standby: PostgresServer) -> None:
        """Kill the PostgreSQL server and promote a standby, which takes over its address."""
        self.postgres.kill()
        standby.promote()
        self.postgres = standby
        self.postgres_proxy.forward_to(standby.port)

    def flask(self, *arguments: str) -> str:
        """Run a command of the service with the nodes' settings; return its output."""
        return self.nodes[0].flask(*arguments)

    def _start(self, name: str, *servers: Server) -> None:
        for server in servers:
            self._running.enter_context(server)
        logger.info("%s is up", name)
