"""Counts what a round leaves behind after every client has left: it should be nothing."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from chaos.database import Database
from cluster.embedded_server import EmbeddedServer
from cluster.local_cluster import Cluster

# Far longer than the service needs to notice that a client has left: a campaign sets
# PEER_TIMEOUT_SECONDS to 3.
_DEADLINE_SECONDS = 30.0
# The nodes' DATABASE_POOL_SIZE: a worker opens one more, for its health check.
POOL_SIZE = 10

_STREAM_LINE = re.compile(r"^\S+ \[(\d+)\] \[INFO\] \S+: stream (opened|closed) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Leaks:
    """What the service still holds for clients that have left, once the deadline has passed."""

    streams: int = 0
    # Connections into workers, of any kind.
    sockets: int = 0
    database_connections: int = 0

    def __bool__(self) -> bool:
        return self != Leaks()

    def __str__(self) -> str:
        return (
            f"leaked {self.streams} streams, {self.sockets} sockets,"
            f" {self.database_connections} database connections"
        )

    def plus(self, other: "Leaks") -> "Leaks":
        return Leaks(
            self.streams + other.streams,
            self.sockets + other.sockets,
            self.database_connections + other.database_connections,
        )


def find(servers: Cluster | EmbeddedServer, database: Database) -> Leaks:
    """Count until nothing is left or the deadline has passed; return what is left."""
    give_up_at = time.monotonic() + _DEADLINE_SECONDS
    return Leaks(
        _least(lambda: open_streams(servers), give_up_at),
        _least(lambda: open_sockets(servers), give_up_at),
        _least(lambda: excess_connections(servers, database), give_up_at),
    )


def open_streams(servers: Cluster | EmbeddedServer) -> int:
    """Count the streams whose opening a running worker has logged, and not the end."""
    return sum(open_in_log(node.log, node.worker_pids) for node in servers.nodes)


def open_in_log(log: str, pids: Iterable[int]) -> int:
    """Count the streams of these workers whose opening is in the log, and not the end."""
    lines = Counter(_STREAM_LINE.findall(log))
    return sum(lines[str(pid), "opened"] - lines[str(pid), "closed"] for pid in pids)


def open_sockets(servers: Cluster | EmbeddedServer) -> int:
    """Count the established connections into workers; nginx keeps no idle ones."""
    found = 0
    for node in servers.nodes:
        for pid in node.worker_pids:
            with suppress(psutil.NoSuchProcess):
                found += sum(
                    c.status == psutil.CONN_ESTABLISHED and c.laddr.port == node.port
                    for c in psutil.Process(pid).net_connections("tcp")
                )
    return found


def excess_connections(servers: Cluster | EmbeddedServer, database: Database) -> int:
    """Count the connections that are idle in a transaction, and those beyond the size of the pools."""
    sessions, idle_in_transaction = database.sessions()
    workers = sum(len(node.worker_pids) for node in servers.nodes)
    return idle_in_transaction + max(0, sessions - workers * (POOL_SIZE + 1))


def _least(count: Callable[[], int], give_up_at: float) -> int:
    while (found := count()) > 0 and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return found
