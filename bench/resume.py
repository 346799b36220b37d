"""Thousands of viewers come back in the same second, each twenty messages behind."""

import argparse
import logging
import math
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil

from bench import client_process, delivery_check, duel_load, reconnect_storm, seeded_duels
from bench.delivery_check import Counts
from bench.deployment import CLIENT_CORE, MAX_STREAMS, Backend, Stage, stage
from bench.duel_cases import quantile_ms
from bench.duel_load import Played
from bench.protocols import SseReader, Unreadable
from bench.reconnect_storm import Arrived, Landed, Return
from bench.report import Cell, Chart, Section, Table, page
from bench.seeded_duels import Behind
from cluster.waiting import wait_until
from conformance.sequence import compare

logger = logging.getLogger(__name__)

VIEWERS = 5_000
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
    put_off: int = 0  # how often a viewer was told to come back later, and did

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


def measure(rounds: int) -> Section:
    """Have viewers come back to one worker, and to two."""
    return section([storms("sqlite", 1, VIEWERS, rounds), storms("postgres", 2, VIEWERS, rounds)])


def storms(
    backend: Backend, workers: int, viewers: int, rounds: int, patience_seconds: float = 30.0
) -> Row:
    """Have so many viewers come back, again and again. Half as many duels wait for them."""
    pinned = workers == 1
    with stage(backend, workers, pinned=pinned, MAX_STREAMS=MAX_STREAMS) as service:
        late = seeded_duels.make(service, service.people(viewers, "viewer"))
        people = service.people(2 * LIVE_PAIRS, "live")
        pairs = list(zip(people[::2], people[1::2], strict=True))
        row = Row(service.title, viewers)
        files = _open_files(service)
        for _ in range(rounds):
            wait_until(lambda: _open_files(service) < files + _FILES_OF_OTHERS, _LEAVING_SECONDS)
            row.rounds.append(_storm(service, late, pairs, patience_seconds))
            logger.info("%s: whole after %.2f s", row.where, row.rounds[-1].all_whole_after)
    return row


def _storm(
    service: Stage, late: Sequence[Behind], pairs: Sequence[duel_load.Pair], patience_seconds: float
) -> Round:
    core = CLIENT_CORE if service.is_pinned else None
    begin_at = time.monotonic() + _START_SECONDS + _WARM_UP_SECONDS + _QUIET_SECONDS
    live = duel_load.Plan(
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
    playing = client_process.start(duel_load.play, live)
    landing = client_process.start(
        reconnect_storm.come_back,
        reconnect_storm.Plan(
            service.port, returns, begin_at, patience_seconds=patience_seconds, core=core
        ),
    )
    return _judge(begin_at, [*late, *late], landing.result(), playing.result())


def _judge(begin_at: float, late: Sequence[Behind], landed: Landed, live: Played) -> Round:
    messages = Counts()
    whole_after = []
    for duel, arrived in zip(late, landed.arrived, strict=True):
        found = check(duel, arrived)
        messages.add(found)
        is_whole = arrived.whole_at is not None and found == Counts(expected=seeded_duels.EVENTS)
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
        sum(arrived.put_off for arrived in landed.arrived),
    )


def check(duel: Behind, arrived: Arrived) -> Counts:
    """Compare what came with exactly what was missed, in order.

    Of a viewer who is not whole when patience ends, only as much is expected as came.
    """
    reader = SseReader()
    try:
        entries = [delivery_check.entry(message) for message in reader.feed(arrived.content)]
    except (Unreadable, ValueError):
        entries = []
    expected = duel.missed if arrived.whole_at is not None else duel.missed[: len(entries)]
    tally = compare(expected, entries)
    return Counts(len(expected), tally.lost, tally.doubled, tally.disordered)


def _open_files(service: Stage) -> int:
    return sum(psutil.Process(pid).num_fds() for pid in service.pids["workers"])


def section(rows: Sequence[Row]) -> Section:
    return Section(
        "Resume",
        _TEXT,
        [Table(_HEADS, [_figures(row) for row in rows])],
        [
            Chart(
                "resume",
                "All whole after",
                "s",
                [
                    (f"ours: {row.where}, {row.viewers:,} viewers", after)
                    for row in rows
                    if math.isfinite(after := row.typical(lambda r: r.all_whole_after))
                ],
            )
        ],
        [f"{row.where}: {problem}" for row in rows for problem in _problems(row)],
    )


_TEXT = f"""\
The two players of each of many duels had lost their streams {seeded_duels.EVENTS} messages ago, and come
back within one second, evenly spread over it, while {LIVE_PAIRS} other duels go on, paced at
{LIVE_RATE:.0f} answers/s. Times are from the beginning of that second. Each viewer must get exactly
the {seeded_duels.EVENTS} messages of the {seeded_duels.ANSWERS} answers it missed, in order; they were made by
the rules and written by the store, as playing would have, many duels a transaction. *Live p99* is
from a live duel's answer to the opponent's stream, in the {_QUIET_SECONDS:.0f} s before, and until
the last viewer was whole. Medians of the rounds.
"""

_HEADS = (
    "server", "viewers", "all whole after", "in 2 s", "in 5 s", "put off", "expected", "lost", "doubled",
    "out of order", "live p99 before, ms", "meanwhile, ms", "live duels failed", "client: cores",
)  # fmt: skip


def _figures(row: Row) -> list[Cell]:
    messages = _messages(row)
    after = row.typical(lambda r: r.all_whole_after)
    return [
        row.where,
        row.viewers,
        f"{after:.2f} s" if math.isfinite(after) else "not all",
        row.typical(lambda r: r.whole_within(2)),
        row.typical(lambda r: r.whole_within(5)),
        row.typical(lambda r: r.put_off),
        messages.expected,
        messages.lost,
        messages.doubled,
        messages.disordered,
        row.typical(lambda r: r.quiet_p99_ms),
        row.typical(lambda r: r.storm_p99_ms),
        sum(r.live.failed.total() for r in row.rounds),
        row.typical(lambda r: r.client_cores),
    ]


def _messages(row: Row) -> Counts:
    total = Counts()
    for one in row.rounds:
        total.add(one.messages)
    return total


def _problems(row: Row) -> list[str]:
    messages, found = _messages(row), []
    if wrong := messages.lost + messages.doubled + messages.disordered:
        found.append(f"{wrong} messages lost, doubled or out of order")
    for one in row.rounds:
        found += [f"{times} live duels: {what}" for what, times in one.live.failed.items()]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.resume", description="Come back.")
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds at most")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # A plain `kill` ends it as Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = 1 if options.backend == "sqlite" else 2
    row = storms(options.backend, workers, options.viewers, options.rounds, options.patience)
    print(page("# Resume\n", {}, [section([row])], ""))


if __name__ == "__main__":
    main()
