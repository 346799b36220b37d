"""From the bus, or a POST, to many sockets: deliveries a second, and how long each takes."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from bench import cores
from bench.contender import MESSAGE_BYTES, Contender
from bench.contenders import Entrant, redis, serving
from bench.fanout_cases import CASES, Case, Round, Row
from bench.load_client.client import Client, ClientFailed, Plan
from bench.parts import Part, first_line
from bench.report import Cell, Chart, Section, Table, ratio
from cluster.process import MissingProgram
from cluster.redis_server import RedisServer

logger = logging.getLogger(__name__)

# How long a run is measured; and about what it takes to start a server, to open its streams, and to
# wait for what is lost.
_SECONDS, _MORE_SECONDS = 5.0, 6.0


def parts(contenders: Sequence[Entrant], rounds: int | None = None) -> list[Part]:
    """Return what there is to measure, each contender in so many rounds; None: in the case's own."""
    cases = [
        case if rounds is None else replace(case, rounds=rounds, rounds_of_others=rounds)
        for case in CASES
    ]
    return [_part(case, [one for one in contenders if case.rounds_of(one)]) for case in cases]


def _part(case: Case, contenders: Sequence[Entrant]) -> Part:
    rounds = sum(map(case.rounds_of, contenders))
    return Part(
        case.name,
        "Fan-out",
        case.title,
        rounds * (_SECONDS + _MORE_SECONDS),
        lambda: measure(contenders, case),
    )


def measure(contenders: Sequence[Entrant], case: Case, seconds: float = _SECONDS) -> Section:
    """Measure all contenders one after the other, round after round."""
    with redis() as server:
        return section([(case, _measure(case, contenders, seconds, server))])


def _measure(
    case: Case, entrants: Sequence[Entrant], seconds: float, server: RedisServer
) -> list[Row]:
    rows, created = list[Row](), list[tuple[Entrant, Row, Contender]]()
    for entrant in entrants:
        row = Row(entrant.name, is_ours=entrant.is_ours)
        rows.append(row)
        try:
            contender = entrant.create(server, case.topics, case.viewers_per_topic)
        except MissingProgram as missing:
            row.failures.append(str(missing))
            continue
        row.name, row.version = contender.name, contender.version
        row.is_bounded = contender.max_per_second > 0
        created.append((entrant, row, contender))
    for number in range(case.rounds):
        for entrant, row, contender in created:
            if number >= case.rounds_of(entrant):
                continue
            try:
                row.rounds.append(_run(case, contender, seconds, server))
            except (ClientFailed, OSError, RuntimeError) as failure:  # its process may be gone
                row.failures.append(str(failure))
                logger.warning("%s, %s: %s", case.name, row.name, failure)
            else:
                logger.info("%s, round %d: %s", case.name, number + 1, _brief(row))
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
load client, which also publishes, shares the other with Redis. *At a time*: a message is published as
soon as another has arrived on all streams. *A second*: at a fixed rate, and times are from when a
message was due. *Ours is* compares deliveries a second, and where the rate is fixed the p99. *Bounded*
servers lose messages above a rate, and are measured at that rate. Every stream is checked for each number,
exactly once and in order. *Per CPU second* are deliveries per second of the server's own time, and
*others* is the time of other processes on its core: where that is much, compare the former. A server
that has several messages for one stream may write them together, which is allowed and helps most in
the broadcast. Ours is sent what another of its workers would announce; it is not committed to the
event log, which the deliveries do not read. Medians of the rounds.
"""

_HEADS = (
    "server", "deliveries/s", "ours is", "per CPU second", "p50 ms", "p99 ms", "max ms", "cores: server", "others",
    "Redis", "client", "received", "lost", "doubled", "out of order", "rounds", "failed rounds",
)  # fmt: skip


def _table(case: Case, rows: Sequence[Row]) -> Table:
    ours = next((row for row in rows if row.is_ours), None)
    how = f"{case.rate:.0f} a second" if case.rate else f"{case.window} at a time"
    cells = [_cells(case, row, ours) for row in rows]
    return Table(_HEADS, cells, f"**{case.title}**, {how}:", notes=_failures(rows))


def _failures(rows: Sequence[Row]) -> list[str]:
    return [f"{row.name} failed: {first_line(text)}" for row in rows for text in row.failures]


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
        len(row.rounds),
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
