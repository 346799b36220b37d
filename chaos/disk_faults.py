"""A disk that is full for a while, below each of the two databases."""

import sqlite3
import time
from contextlib import closing

import psycopg

from chaos.faults import Fault, Target
from cluster.embedded_server import EmbeddedServer

_GROW = "CREATE TABLE ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)"
_NOTICED = "the database needs to be mended (full"


def fill_disk(target: Target) -> str:
    """Fill PostgreSQL's disk; with no space for its WAL, it may end, and is then started again."""
    postgres = target.cluster.postgres
    if postgres.disk is None:
        raise ValueError("only a cluster that is extended has a disk that can be full")
    with postgres.disk.full():
        try:
            postgres.query(_GROW)
        except psycopg.OperationalError:
            pass
        else:
            target.problems.append("the disk was not full")
        time.sleep(target.seconds)
    if not postgres.process.is_running:
        postgres.start()
    return f"no space for {target.seconds:.0f} s; {_noticed(target)}"


def fill_embedded_disk(target: Target) -> str:
    """Fill the disk of SQLite's file, while a reader keeps it from overwriting its journal."""
    servers = target.servers
    if not isinstance(servers, EmbeddedServer):
        raise TypeError("this fault needs an embedded database")
    file = servers.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as reader, servers.disk.full():
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM topics").fetchone()
        time.sleep(target.seconds)
    return f"no space for {target.seconds:.0f} s; {_noticed(target)}"


def _noticed(target: Target) -> str:
    times = sum(node.log.count(_NOTICED) for node in target.servers.nodes)
    return f"the workers have said so {times} ×"


EMBEDDED_FAULTS = (
    Fault(
        "full-sqlite-disk", "SQLite's disk fills and empties", fill_embedded_disk, excuses_rest=True
    ),
)
