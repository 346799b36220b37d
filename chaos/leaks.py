"""What a round has left behind once every client is gone: it should be nothing."""

import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from chaos.database import Database
from cluster.local_cluster import Cluster

# A stream whose client is gone is noticed at its next heartbeat, a WebSocket's at the next read.
_DEADLINE_SECONDS = 30.0
# The nodes' DATABASE_POOL_SIZE: connections that a worker opens at most.
POOL_SIZE = 10

_STREAM_LINE = re.compile(r"^\[[^]]+\] \[(\d+)\] .*: stream (opened|closed) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Leaks:
    """What is still there after the deadline."""

    streams: int = 0
    # Connections into workers, whatever they are for.
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


def find(cluster: Cluster, database: Database) -> Leaks:
    """Look until nothing is left, or the deadline is over; return what is left."""
    give_up_at = time.monotonic() + _DEADLINE_SECONDS
    return Leaks(
        _least(lambda: open_streams(cluster), give_up_at),
        _least(lambda: open_sockets(cluster), give_up_at),
        _least(lambda: excess_connections(cluster, database), give_up_at),
    )


def open_streams(cluster: Cluster) -> int:
    """Count the streams that live workers say they opened and do not say they closed."""
    found = 0
    for node in cluster.nodes:
        lines = Counter(_STREAM_LINE.findall(node.log))
        for pid in map(str, node.worker_pids):
            found += lines[pid, "opened"] - lines[pid, "closed"]
    return found


def open_sockets(cluster: Cluster) -> int:
    """Count the established connections into workers; nginx keeps none for later."""
    found = 0
    for node in cluster.nodes:
        for pid in node.worker_pids:
            with suppress(psutil.NoSuchProcess):
                found += sum(
                    c.status == psutil.CONN_ESTABLISHED and c.laddr.port == node.port
                    for c in psutil.Process(pid).net_connections("tcp")
                )
    return found


def excess_connections(cluster: Cluster, database: Database) -> int:
    """Count the sessions that are idle in a transaction, and those beyond what pools may hold."""
    sessions, idle_in_transaction = database.sessions()
    workers = sum(len(node.worker_pids) for node in cluster.nodes)
    return idle_in_transaction + max(0, sessions - workers * POOL_SIZE)


def _least(count: Callable[[], int], give_up_at: float) -> int:
    while (found := count()) > 0 and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return found
