"""What each endpoint costs with a big database, against an empty one.

    PYTHONPATH=clients/python:. .venv/bin/python -m bench.growth
    PYTHONPATH=clients/python:. .venv/bin/python -m bench.growth --backend postgres

Both are served in this process, in turn, so that what else runs shows little. Times are of the
processor, PostgreSQL's included: of each endpoint, the median of all of its calls.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, update
from werkzeug.test import TestResponse

from bench.endpoints import made, route_of, use_all
from bench.filled_database import Sizes, fill
from cluster.postgres_server import PostgresServer
from qader_sse import create_app
from qader_sse.config import Settings
from qader_sse.extensions import db
from qader_sse.service import Service
from qader_sse.store.models import Challenge, Presence

MOST = 1.5  # what is above is marked
EVENTS_OF_A_CHALLENGE = 5  # in the filled database
_NAMES = ("empty", "filled")

Processor = Callable[[], float]


@dataclass(slots=True)
class Side:
    """One of the two services, and the milliseconds of its calls, by route."""

    app: Flask
    processor: Processor  # seconds that were spent so far, here and in the database
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def service(self) -> Service:
        found: Service = self.app.extensions["qader_sse"]
        return found

    def run_round(self) -> None:
        def timed(client: FlaskClient, method: str, path: str, body: object) -> TestResponse:
            began_at = self.processor()
            response = made(client, method, path, body)
            spent = self.processor() - began_at
            self.times[route_of(self.app, method, path)].append(spent * 1000)
            return response

        self._stay_online()
        use_all(self.app, timed)

    def milliseconds(self, route: str) -> float:
        return median(self.times[route])

    def _stay_online(self) -> None:
        """Have those who are online at other workers be so now, as their workers record it.

        Those who search are among them.
        """
        now = self.service.clock()
        searching = update(Challenge).where(Challenge.status == "pending_matchmaking")
        with self.service.database.transaction() as tx:
            for record in (update(Presence), searching):
                tx.connection.execute(record.values(seen_at=now))


def measure(urls: Sequence[str], sizes: Sizes, rounds: int, in_database: Processor) -> list[Side]:
    """Measure a service on an empty database, and one on a database that this fills."""
    sides = [Side(_app(url), lambda: in_database() + time.process_time()) for url in urls]
    # Not by the service, which lets no transaction on PostgreSQL take this long.
    engine = create_engine(urls[1])
    with engine.begin() as connection:
        fill(connection, sizes, sides[1].service.clock())
    engine.dispose()
    for number in range(1 + rounds):
        for side in sides:
            side.run_round()
            if number == 0:
                side.times.clear()  # it has filled the caches
    for side in sides:
        side.service.database_check.close()
        with side.app.app_context():
            db.engine.dispose()
    return sides


def _app(url: str) -> Flask:
    settings = Settings(
        database_url=url,
        secret_key="a-key-of-a-measurement",  # noqa: S106  # of databases that live as long as this
        password_hash_method="pbkdf2:sha256:1",  # noqa: S106  # a hash would outweigh all else
        fair_shares=False,
    )
    app = create_app(settings)
    if app.test_cli_runner().invoke(args=["set-up"]).exit_code:
        raise RuntimeError(f"set-up failed on {url}")
    return app


@contextmanager
def databases(backend: str) -> Iterator[tuple[list[str], Processor]]:
    """Yield the addresses of two databases, and what reads the seconds that their server spent."""
    with TemporaryDirectory(prefix="qader-growth-") as folder:
        if backend == "sqlite":
            yield [f"sqlite:///{folder}/{name}.sqlite3" for name in _NAMES], lambda: 0.0
            return
        with PostgresServer(Path(folder)) as server:
            for name in _NAMES:
                server.query(f"CREATE DATABASE {name}")
            url = make_url(server.url)
            yield (
                [url.set(database=name).render_as_string(hide_password=False) for name in _NAMES],
                lambda: _seconds_of_children(server.process.pid),
            )


def _seconds_of_children(pid: int) -> float:
    """Return the seconds that a server's processes were running, from where Linux counts them finely."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(Path(f"/proc/{c}/schedstat").read_text().split()[0]) for c in children) / 1e9


def report(sides: Sequence[Side]) -> Iterator[str]:
    """Yield the table, the routes whose costs grow most first."""
    empty, filled = sides
    yield f"{'route':64} {'empty, ms':>10} {'filled, ms':>10} {'ratio':>6}"
    found = [
        (filled.milliseconds(route) / empty.milliseconds(route), route) for route in empty.times
    ]
    for ratio, route in sorted(found, reverse=True):
        mark = "  GROWS" if ratio > MOST else ""
        times = f"{empty.milliseconds(route):10.2f} {filled.milliseconds(route):10.2f}"
        yield f"{route:64} {times} {ratio:6.2f}{mark}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--challenges", type=int, default=200_000, help="each has five events")
    parser.add_argument("--online", type=int, default=3_000, help="at another worker")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sizes = Sizes(options.people, options.challenges, options.online)
    with databases(options.backend) as (urls, in_database):
        for line in report(measure(urls, sizes, options.rounds, in_database)):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
