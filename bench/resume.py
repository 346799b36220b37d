"""Thousands of viewers come back in the same second, each twenty messages behind.

PYTHONPATH=clients/python:. .venv/bin/python -m bench.resume --viewers 3000 --rounds 5
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil
from qader_client.watch import wait_until

from bench import behind, crowd, storm, tallies
from bench.behind import Behind
from bench.crowd import Played
from bench.duels import quantile_ms
from bench.stage import CLIENT_CORE, Backend, Stage, stage
from bench.storm import Arrived, Landed, Return
from bench.tallies import Counts
from bench.wire import SseReader, Unreadable
from chaos.tally import compare

# The duels that go on meanwhile, and their answers a second.
LIVE_PAIRS, LIVE_RATE = 5, 100.0
_QUIET_SECONDS, _WARM_UP_SECONDS, _START_SECONDS = 8.0, 3.0, 3.0
# What is written to a viewer that is gone ends its stream; so heartbeats come first.
_LEAVING_SECONDS = 90
_FILES_OF_OTHERS = 50  # the database's, and streams of live duels that were not noticed to be over
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Round:
    """One storm. Times in seconds from its begin; a viewer who never was whole has infinity."""

    whole_after: list[float]
    messages: Counts
    live: Played
    quiet_p99_ms: float  # of the live duels, before
    storm_p99_ms: float  # and until the last viewer was whole
    client_cores: float

    @property
    def all_whole_after(self) -> float:
        return max(self.whole_after)

    def whole_within(self, seconds: float) -> int:
        return sum(after <= seconds for after in self.whole_after)


@dataclass(slots=True)
class Row:
    """The storms on one stage."""

    where: str
    viewers: int
    rounds: list[Round] = field(default_factory=list)

    def typical(self, value: Callable[[Round], float]) -> float:
        return median(map(value, self.rounds))


def measure(
    backend: Backend,
    workers: int,
    viewers: int,
    rounds: int,
    patience_seconds: float = 30.0,
    say: Callable[[str], None] = print,
) -> Row:
    """Have so many viewers come back, again and again. Half as many duels wait for them."""
    pinned = workers == 1
    with stage(backend, workers, pinned=pinned, MAX_STREAMS=str(viewers + 500)) as service:
        late = behind.make(service, service.people(viewers, "viewer"))
        people = service.people(2 * LIVE_PAIRS, "live")
        pairs = list(zip(people[::2], people[1::2], strict=True))
        row = Row(service.title, viewers)
        files = _open_files(service)
        for _ in range(rounds):
            wait_until(lambda: _open_files(service) < files + _FILES_OF_OTHERS, _LEAVING_SECONDS)
            row.rounds.append(_storm(service, late, pairs, patience_seconds))
            say(f"{row.where}: all whole after {row.rounds[-1].all_whole_after:.2f} s")
    return row


def _storm(
    service: Stage, late: Sequence[Behind], pairs: Sequence[crowd.Pair], patience_seconds: float
) -> Round:
    core = CLIENT_CORE if service.is_pinned else None
    begin_at = time.monotonic() + _START_SECONDS + _WARM_UP_SECONDS + _QUIET_SECONDS
    live = crowd.Plan(
        port=service.port,
        pairs=pairs,
        seconds=_QUIET_SECONDS + patience_seconds,
        rate=LIVE_RATE,
        warm_up_seconds=_WARM_UP_SECONDS,
        core=core,
        pids=service.pids,
    )
    returns = [
        Return(duel.challenge_id, viewer.cookie, duel.after, duel.head)
        # All first players, then all second ones: two of a duel do not come at the same moment.
        for seat in (0, 1)
        for duel in late
        for viewer in (duel.viewers[seat],)
    ]
    playing = crowd.start(live)
    landing = storm.start(
        storm.Plan(service.port, returns, begin_at, patience_seconds=patience_seconds, core=core)
    )
    return _judge(begin_at, [*late, *late], landing.result(), playing.result())


def _judge(begin_at: float, late: Sequence[Behind], landed: Landed, live: Played) -> Round:
    messages = Counts()
    whole_after = []
    for duel, arrived in zip(late, landed.arrived, strict=True):
        found = check(duel, arrived)
        messages.add(found)
        is_whole = arrived.whole_at is not None and found == Counts(expected=behind.EVENTS)
        whole_after.append(arrived.whole_at - begin_at if is_whole and arrived.whole_at else _NEVER)
    last = max((a.whole_at or 0.0 for a in landed.arrived), default=0.0)
    # By when they were sent: what was sent in the storm may be seen long after it.
    quiet = [(at, seconds) for at, seconds in live.seen if at < begin_at]
    during = [(at, seconds) for at, seconds in live.seen if begin_at <= at - seconds < last]
    return Round(
        whole_after,
        messages,
        live,
        quantile_ms(quiet, 0.99),
        quantile_ms(during, 0.99),
        landed.cores,
    )


def check(duel: Behind, arrived: Arrived) -> Counts:
    """Count what a viewer lacks of exactly what was missed, in order, and what came on top."""
    reader = SseReader()
    try:
        entries = [tallies.entry(message) for message in reader.feed(arrived.content)]
    except (Unreadable, ValueError):
        entries = []
    tally = compare(duel.missed, entries)
    return Counts(len(duel.missed), tally.lost, tally.doubled, tally.disordered)


def _open_files(service: Stage) -> int:
    return sum(psutil.Process(pid).num_fds() for pid in service.pids["workers"])


TITLES = (
    "server", "viewers", "all whole after", "in 2 s", "in 5 s", "expected", "lost", "doubled",
    "out of order", "live p99 before", "live p99 meanwhile", "live duels failed", "client: cores",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    totals = Counts()
    for one in row.rounds:
        totals.add(one.messages)
    return (
        row.where,
        f"{row.viewers:,}",
        f"{row.typical(lambda r: r.all_whole_after):.2f} s",
        f"{row.typical(lambda r: r.whole_within(2)):,.0f}",
        f"{row.typical(lambda r: r.whole_within(5)):,.0f}",
        *(f"{n:,}" for n in (totals.expected, totals.lost, totals.doubled, totals.disordered)),
        f"{row.typical(lambda r: r.quiet_p99_ms):.1f} ms",
        f"{row.typical(lambda r: r.storm_p99_ms):.1f} ms",
        f"{sum(r.live.failed.total() for r in row.rounds)}",
        f"{row.typical(lambda r: r.client_cores):.2f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.resume", description="Come back.")
    parser.add_argument("--viewers", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds at most")
    options = parser.parse_args()
    # A plain `kill` ends it as Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = 1 if options.backend == "sqlite" else 2
    row = measure(
        options.backend,
        workers,
        options.viewers,
        options.rounds,
        options.patience,
        lambda line: print(line, file=sys.stderr),
    )
    for line in (TITLES, ["---"] * len(TITLES), cells(row)):
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    main()
