"""From the bus, or a POST, to many sockets: deliveries a second, and how long each takes."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import cores
from bench.contender import MESSAGE_BYTES, Contender
from bench.contenders import Entrant, redis, serving
from bench.load_client.client import Client, ClientFailed, Load, Plan, Result
from bench.report import Cell, Chart, Section, Table, ratio
from cluster.redis_server import RedisServer

logger = logging.getLogger(__name__)

# A client that uses more of its core than this, beside a server that uses less, is the bottleneck.
_BUSY_CLIENT = 0.85


@dataclass(frozen=True, slots=True)
class Case:
    """What is published to which viewers: at a fixed rate, or with always `window` under way."""

    name: str  # on the command line, and of its chart's file
    title: str
    topics: int
    viewers_per_topic: int
    window: int = 0
    rate: float = 0.0

    def load(self, contender: Contender, seconds: float) -> Load:
        """Return the load. A contender with a `max_per_second` gets no more, even with a window."""
        bound = contender.max_per_second
        rate = min(self.rate or bound, bound) if bound else self.rate
        return Load(seconds, 0 if rate else self.window, rate, warm_up=1.0)


CASES = (
    Case("fan-out", "1,000 topics with 2 viewers each", 1000, 2, window=64),
    Case("broadcast", "One topic with 2,000 viewers", 1, 2000, window=16),
    Case("broadcast-single", "The same, one message at a time", 1, 2000, window=1),
    Case("latency", "500 messages a second, 1,000 topics with 2 viewers each", 1000, 2, rate=500),
)


@dataclass(frozen=True, slots=True)
class Round:
    """One run: what arrived, and what the servers used of their cores."""

    result: Result
    server_cores: float
    redis_cores: float
    others_cores: float  # of all other processes on the server's core

    @property
    def rate_of_a_core(self) -> float:
        """Return deliveries per second of the server's CPU time, whatever else its core does."""
        return self.result.rate / max(self.server_cores, 0.01)


@dataclass(slots=True)
class Row:
    """All rounds of one contender in one case."""

    name: str
    version: str
    is_ours: bool
    is_bounded: bool
    rounds: list[Round] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def typical(self, value: Callable[[Round], float]) -> float | None:
        return median(map(value, self.rounds)) if self.rounds else None

    @property
    def rate(self) -> float | None:
        return self.typical(lambda r: r.result.rate)

    def total(self, value: Callable[[Result], int]) -> int:
        return sum(value(r.result) for r in self.rounds)

    @property
    def problems(self) -> list[str]:
        """Return our service's faults, and for any contender whether the client limited it."""
        found = [f"{self.name} failed: {failure}" for failure in self.failures if self.is_ours]
        if self.is_ours and (wrong := self.total(lambda r: r.wrong)):
            found.append(f"{wrong} messages of {self.name} lost, doubled or out of order")
        if any(
            r.result.cores > _BUSY_CLIENT and r.server_cores < _BUSY_CLIENT for r in self.rounds
        ):
            found.append(f"the client was the bottleneck of {self.name}")
        return found


def measure(
    contenders: Sequence[Entrant],
    rounds: int,
    cases: Sequence[Case] = CASES,
    seconds: float = 5.0,
) -> Section:
    """Run all cases: in each, all contenders one after the other, round after round."""
    with redis() as server:
        found = [(case, _measure(case, contenders, rounds, seconds, server)) for case in cases]
    return section(found)


def _measure(
    case: Case, entrants: Sequence[Entrant], rounds: int, seconds: float, server: RedisServer
) -> list[Row]:
    rows, created = list[Row](), list[Contender]()
    for entrant in entrants:
        contender = entrant.create(server, case.topics, case.viewers_per_topic)
        created.append(contender)
        is_bounded = contender.max_per_second > 0
        rows.append(Row(contender.name, contender.version, entrant.is_ours, is_bounded))
    for number in range(rounds):
        for row, contender in zip(rows, created, strict=True):
            try:
                row.rounds.append(_run(case, contender, seconds, server))
            except (ClientFailed, TimeoutError, RuntimeError) as failure:
                row.failures.append(str(failure))
                logger.warning("%s, %s: %s", case.name, row.name, failure)
            else:
                logger.info("%s %d/%d: %s", case.name, number + 1, rounds, _brief(row))
    return rows


def _run(case: Case, contender: Contender, seconds: float, server: RedisServer) -> Round:
    load = case.load(contender, seconds)
    with serving(contender):
        plan = Plan.of(contender, case.topics, case.viewers_per_topic, server.port)
        client = Client(plan, load, cores.CLIENT)
        try:
            client.opened()
            cores.pin(contender.pids, cores.SERVER)
            time.sleep(load.settle + load.warm_up)
            before, began = _used(contender, server), time.monotonic()
            time.sleep(load.seconds)
            after, took = _used(contender, server), time.monotonic() - began
            own, bus, busy = (
                (late - early) / took for early, late in zip(before, after, strict=True)
            )
            return Round(client.result(), own, bus, max(0.0, busy - own))
        finally:
            client.stop()


def _used(contender: Contender, server: RedisServer) -> tuple[float, float, float]:
    """Return the CPU seconds so far of the server, of Redis, and of the server's whole core."""
    pids = contender.pids
    return (
        cores.cpu_seconds(pids),
        cores.cpu_seconds([server.process.pid]),
        cores.busy_seconds(cores.SERVER),
    )


def _brief(row: Row) -> str:
    last = row.rounds[-1]
    return (
        f"{row.name} {last.result.rate:,.0f} deliveries/s, p99 {last.result.p99_ms:.2f} ms,"
        f" {last.result.wrong} wrong, cores: server {last.server_cores:.2f},"
        f" others {last.others_cores:.2f}, client {last.result.cores:.2f}"
    )


def section(found: Sequence[tuple[Case, Sequence[Row]]]) -> Section:
    return Section(
        "Fan-out",
        _TEXT,
        [_table(case, rows) for case, rows in found],
        [_chart(case, rows) for case, rows in found],
        [f"{case.title}: {text}" for case, rows in found for row in rows for text in row.problems],
    )


_TEXT = f"""\
2,000 open streams and messages of about {MESSAGE_BYTES} bytes. They are published on Redis, to
nchan in HTTP, to Pushpin over ZeroMQ; the server, with all of its processes, has one core, and the
load client, which also publishes, shares the other with Redis. *At a time*: a message is published as soon as another has arrived on all streams.
*A second*: at a fixed rate, and times are from when a message was due. *Bounded* servers lose
messages above a rate, and are measured at that rate. Every stream is checked for each number,
exactly once and in order. *Per CPU second* are deliveries per second of the server's own time, and
*others* is the time of other processes on its core: where that is much, compare the former. A server
that has several messages for one stream may write them together, which is allowed and helps most in
the broadcast. Ours is sent what another of its workers would announce; it is not committed to the
event log, which the deliveries do not read. Medians of the rounds.
"""

_HEADS = (
    "server", "deliveries/s", "ours is", "per CPU second", "p50 ms", "p99 ms", "max ms", "cores: server", "others",
    "Redis", "client", "received", "lost", "doubled", "out of order", "failed rounds",
)  # fmt: skip


def _table(case: Case, rows: Sequence[Row]) -> Table:
    ours = next((row for row in rows if row.is_ours), None)
    how = f"{case.rate:.0f} a second" if case.rate else f"{case.window} at a time"
    cells = [_cells(case, row, ours) for row in rows]
    return Table(_HEADS, cells, f"**{case.title}**, {how}:")


def _cells(case: Case, row: Row, ours: Row | None) -> list[Cell]:
    p99 = row.typical(lambda r: r.result.p99_ms)
    beside: Cell = None
    if ours is not None and case.rate:
        beside = ratio(ours.typical(lambda r: r.result.p99_ms), p99)
    elif ours is not None:
        beside = ratio(ours.rate, row.rate)
    return [
        f"{row.name} (bounded)" if row.is_bounded else row.name,
        row.rate,
        beside,
        row.typical(lambda r: r.rate_of_a_core),
        row.typical(lambda r: r.result.p50_ms),
        p99,
        row.typical(lambda r: r.result.max_ms),
        row.typical(lambda r: r.server_cores),
        row.typical(lambda r: r.others_cores),
        row.typical(lambda r: r.redis_cores),
        row.typical(lambda r: r.result.cores),
        row.total(lambda r: r.received),
        row.total(lambda r: r.lost),
        row.total(lambda r: r.doubled),
        row.total(lambda r: r.disordered),
        len(row.failures),
    ]


def _chart(case: Case, rows: Sequence[Row]) -> Chart:
    if case.rate:
        bars = [(row.name, row.typical(lambda r: r.result.p99_ms)) for row in rows]
        title, unit = f"{case.title}: published to received, p99", "ms"
    else:
        bars, title, unit = [(row.name, row.rate) for row in rows], case.title, "deliveries/s"
    known = [(name, value) for name, value in bars if value is not None]
    return Chart(f"bench-{case.name}", title, unit, known)
