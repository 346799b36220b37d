"""Many streams without messages: the memory and the time they cost, and how soon they open."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import cores
from bench.contender import Contender
from bench.contenders import Entrant, redis, serving
from bench.load_client.client import Client, ClientFailed, Load, Plan, run
from bench.parts import Part, first_line
from bench.report import Cell, Chart, Section, Table, ratio
from cluster.process import MissingProgram
from cluster.redis_server import RedisServer

logger = logging.getLogger(__name__)

COUNTS = (10_000,)
# Those that a quiet stream is measured of, unless others are named.
CONTENDERS = ("ours", "ours-websocket", "nchan")
_VIEWERS_PER_TOPIC = 2
# Streams opened and closed before, so that what a server loads at its first requests is not counted.
_WARM_UP_TOPICS = 20
_SETTLE_SECONDS = 2.0
# Exactly two of our heartbeats a stream.
_IDLE_SECONDS = 30.0
# About how long all else of a run takes, and how many streams are prepared and opened a second.
_MORE_SECONDS, _OPENED_PER_SECOND = 12.0, 500.0


@dataclass(frozen=True, slots=True)
class Round:
    bytes_per_stream: float
    open_seconds: float
    idle_cores: float


@dataclass(slots=True)
class Row:
    """All rounds of one contender with one number of streams."""

    name: str
    streams: int
    is_ours: bool
    rounds: list[Round] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def typical(self, value: Callable[[Round], float]) -> float | None:
        return median(map(value, self.rounds)) if self.rounds else None

    @property
    def kib_per_stream(self) -> float | None:
        return self.typical(lambda r: r.bytes_per_stream / 1024)


def parts(
    contenders: Sequence[Entrant], rounds: int | None = None, counts: Sequence[int] = COUNTS
) -> list[Part]:
    """Return what there is to measure: each number of streams on all contenders."""
    # Of the memory, hardly anything changes from round to round.
    return [_part(contenders, rounds or 1, streams) for streams in counts]


def _part(contenders: Sequence[Entrant], rounds: int, streams: int) -> Part:
    run = _MORE_SECONDS + _IDLE_SECONDS + streams / _OPENED_PER_SECOND
    return Part(
        "quiet",
        "Quiet streams",
        f"{streams:,}",
        rounds * len(contenders) * run,
        lambda: measure(contenders, rounds, streams),
    )


def measure(
    contenders: Sequence[Entrant], rounds: int, streams: int, seconds: float = _IDLE_SECONDS
) -> Section:
    """Open so many streams on all contenders, one after the other, and leave them idle."""
    with redis() as server:
        return section(_measure(streams, contenders, rounds, seconds, server))


def _measure(
    streams: int, entrants: Sequence[Entrant], rounds: int, seconds: float, server: RedisServer
) -> list[Row]:
    topics = streams // _VIEWERS_PER_TOPIC
    rows, created = list[Row](), list[tuple[Row, Contender]]()
    for entrant in entrants:
        rows.append(Row(entrant.name, streams, entrant.is_ours))
        try:
            contender = entrant.create(server, topics, _VIEWERS_PER_TOPIC)
        except MissingProgram as missing:
            rows[-1].failures.append(str(missing))
            continue
        rows[-1].name = contender.name
        created.append((rows[-1], contender))
    for number in range(rounds):
        for row, contender in created:
            try:
                row.rounds.append(_run(contender, topics, seconds, server))
            except (ClientFailed, OSError, RuntimeError) as failure:  # its process may be gone
                row.failures.append(str(failure))
                logger.warning("quiet %d, %s: %s", streams, row.name, failure)
            else:
                logger.info("quiet %d %d/%d: %s", streams, number + 1, rounds, _brief(row))
    return rows


def _run(contender: Contender, topics: int, seconds: float, server: RedisServer) -> Round:
    with serving(contender):
        warm_up = Plan.of(contender, _WARM_UP_TOPICS, _VIEWERS_PER_TOPIC, server.port)
        run(warm_up, Load(0.1), cores.CLIENT)
        plan = Plan.of(contender, topics, _VIEWERS_PER_TOPIC, server.port)
        time.sleep(_SETTLE_SECONDS)
        before = cores.pss_bytes(contender.pids)
        client = Client(plan, Load(2 * _SETTLE_SECONDS + seconds), cores.CLIENT)
        try:
            open_seconds = client.opened()
            time.sleep(_SETTLE_SECONDS)
            grown = cores.pss_bytes(contender.pids) - before
            used, began = cores.cpu_seconds(contender.pids), time.monotonic()
            time.sleep(seconds)
            idle = (cores.cpu_seconds(contender.pids) - used) / (time.monotonic() - began)
            client.result()  # raises if a stream was closed
        finally:
            client.stop()
    return Round(grown / len(plan.streams), open_seconds, idle)


def _brief(row: Row) -> str:
    last = row.rounds[-1]
    return (
        f"{row.name} {last.bytes_per_stream / 1024:.2f} KiB a stream,"
        f" open in {last.open_seconds:.1f} s, idle {100 * last.idle_cores:.1f} % of a core"
    )


def section(rows: Sequence[Row]) -> Section:
    bars = [
        (f"{row.name}, {row.streams:,}", row.kib_per_stream)
        for row in rows
        if row.kib_per_stream is not None
    ]
    failures = [(row, first_line(text)) for row in rows for text in row.failures]
    notes = [f"{row.name}, {row.streams:,} failed: {text}" for row, text in failures]
    problems = [note for (row, _), note in zip(failures, notes, strict=True) if row.is_ours]
    return Section(
        "Quiet streams",
        _TEXT,
        [Table(_HEADS, [_cells(row, rows) for row in rows], notes=notes)],
        [Chart("bench-quiet", "Server memory of a quiet stream", "KiB", bars)],
        problems,
    )


_TEXT = f"""\
Streams on which nothing is published, two a topic, opened 64 at a time. Memory is the growth of the
PSS of the server's processes without the pages of files, {_SETTLE_SECONDS:.0f} s after the last one
opened, divided by the number of streams; the kernel's own memory of a socket comes on top, for all
alike. Every server sends the heartbeats of its own defaults. Medians of the rounds.
"""

_HEADS = (
    "server", "streams", "KiB a stream", "ours is", "all open after, s", "% of a core while idle",
    "rounds", "failed rounds",
)  # fmt: skip


def _cells(row: Row, rows: Sequence[Row]) -> list[Cell]:
    ours = next((r for r in rows if r.is_ours and r.streams == row.streams), None)
    return [
        row.name,
        row.streams,
        row.kib_per_stream,
        ratio(ours.kib_per_stream, row.kib_per_stream) if ours else None,
        row.typical(lambda r: r.open_seconds),
        row.typical(lambda r: 100 * r.idle_cores),
        len(row.rounds),
        len(row.failures),
    ]
