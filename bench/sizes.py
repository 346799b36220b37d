"""What docs/scaling.md reckons with besides docs/performance.md: sizes of duels, and a few costs.

    PYTHONPATH=clients/python:. .venv/bin/python -m bench.sizes

Half a minute. Costs are times of the processor, so what else runs shows little in them.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.accounts import create
from bench.stream_counts import unwatched_announcements
from cluster.local_server import LocalServer
from cluster.postgres_server import PostgresServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.service import Service

_DUELS = 200
_TYPE = "medium_verbal_15"
_ANNOUNCEMENTS = 5_000
_HASHES = 5
_KEPT = ("answers", "attempts", "challenges", "topics")


def figures() -> Iterator[tuple[str, float]]:
    yield from _duels()
    yield "µs of a worker for an announcement of a topic it does not watch", _announcement()
    yield "ms of a worker for a password", _password()
    with LocalServer() as server:
        (pid,) = server.worker_pids
        memory = psutil.Process(pid).memory_full_info().pss
        yield "MiB of a worker without streams", memory / 2**20


def _duels() -> Iterator[tuple[str, float]]:
    """Play duels of fifteen questions in PostgreSQL; yield what one of them leaves there."""
    with PostgresServer(Path(tempfile.mkdtemp(prefix="qader-sizes-"))) as server:
        app = create_app(Settings(database_url=server.url, secret_key="sizes", fair_shares=False))  # noqa: S106  # of a database that lives as long as this process
        app.test_cli_runner().invoke(args=["set-up"])
        one, other = create(app, ["one", "other"])
        before = _bytes(server)
        for _ in range(_DUELS):
            _play(app.extensions["qader_sse"], one.id, other.id, "other")
        each = {name: (size - before[name]) / _DUELS for name, size in _bytes(server).items()}
        yield "kB of a duel in the event log", each["events"] / 1e3
        yield "kB of a duel in what is kept after that", sum(each[name] for name in _KEPT) / 1e3
        yield "kB of a duel in the log of changes (WAL)", each["wal"] / 1e3


def _bytes(server: PostgresServer) -> dict[str, float]:
    sizes = ", ".join(f"pg_total_relation_size('{name}')" for name in ("events", *_KEPT))
    statement = f"SELECT pg_current_wal_insert_lsn() - '0/0', {sizes}"
    (row,) = server.query(statement)
    return dict(zip(("wal", "events", *_KEPT), map(float, row), strict=True))


def _play(service: Service, one: int, other: int, name: str) -> None:
    challenges, now = service.challenges, service.clock
    challenge = challenges.invite(one, _TYPE, name, now())
    challenges.accept(challenge.id, other, now())
    challenges.ready(challenge.id, one, now())
    duel = challenges.ready(challenge.id, other, now())
    for question in duel.questions:
        for player in (one, other):
            challenges.answer(duel.id, player, question.id, "A", None, now())


def _announcement() -> float:
    takes_in = unwatched_announcements(_ANNOUNCEMENTS)
    began_at = time.process_time()
    takes_in()
    return (time.process_time() - began_at) / _ANNOUNCEMENTS * 1e6


def _password() -> float:
    settings = Settings(secret_key="sizes")  # noqa: S106  # hashes nothing
    service: Service = create_app(settings).extensions["qader_sse"]
    began_at = time.process_time()
    for number in range(_HASHES):
        service.passwords.hash(f"a password {number}")
    return (time.process_time() - began_at) / _HASHES * 1e3


def main() -> int:
    for name, value in figures():
        print(f"{name:65} {value:10,.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
