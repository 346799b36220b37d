"""The figures of the reconnecting viewers, and their section of the page."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import seeded_duels
from bench.delivery_check import Counts
from bench.duel_load import LoadResult
from bench.report import Cell, Chart, Section, Table

# The duels that go on during the storm, and their answers a second.
LIVE_PAIRS, LIVE_RATE = 5, 100.0
# How long the live duels are measured before the storm.
QUIET_SECONDS = 8.0
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Round:
    """One storm. Times in seconds from its beginning; NEVER for a viewer who was not complete."""

    complete_after: list[float]
    messages: Counts
    live: LoadResult
    quiet_p99_ms: float  # of the live duels, before the storm
    storm_p99_ms: float  # of the live duels, until the last viewer was complete
    client_cores: float
    deferred: int = 0  # how often a viewer was asked to try again later, and did

    @property
    def all_complete_after(self) -> float:
        return max(self.complete_after)

    def complete_within(self, seconds: float) -> int:
        return sum(after <= seconds for after in self.complete_after)


@dataclass(slots=True)
class Row:
    """The storms on one deployment."""

    where: str
    viewers: int
    rounds: list[Round] = field(default_factory=list)

    def typical(self, value: Callable[[Round], float]) -> float:
        return median(map(value, self.rounds))


def section(rows: Sequence[Row]) -> Section:
    return Section(
        "Resume",
        _TEXT,
        [Table(_HEADS, [_figures(row) for row in rows])],
        [
            Chart(
                "resume",
                "All complete after",
                "s",
                [
                    (f"ours: {row.where}, {row.viewers:,} viewers", after)
                    for row in rows
                    if math.isfinite(after := row.typical(lambda r: r.all_complete_after))
                ],
            )
        ],
        [f"{row.where}: {problem}" for row in rows for problem in _problems(row)],
    )


_TEXT = f"""\
The two players of each of many duels had lost their streams {seeded_duels.EVENTS} messages ago, and
reconnect within one second, evenly spread over it, while {LIVE_PAIRS} other duels go on, paced at
{LIVE_RATE:.0f} answers/s. Times are from the beginning of that second. Each viewer must receive
exactly the {seeded_duels.EVENTS} messages of the {seeded_duels.ANSWERS} answers it missed, in order;
they were produced by the rules and written by the store, as playing would have, many duels a
transaction. A viewer is *complete* with the last of them. *Live p99* is from a live duel's answer to
the opponent's stream, in the {QUIET_SECONDS:.0f} s before, and until the last viewer was complete.
*Deferred* is how often a stream was not opened at once, and the client tried again when it was asked
to. Medians of the rounds.
"""

_HEADS = (
    "server", "rounds", "viewers", "all complete after", "in 2 s", "in 5 s", "deferred", "expected", "lost", "doubled",
    "out of order", "live p99 before, ms", "during, ms", "live duels failed", "client: cores",
)  # fmt: skip


def _figures(row: Row) -> list[Cell]:
    messages = _messages(row)
    after = row.typical(lambda r: r.all_complete_after)
    return [
        row.where,
        len(row.rounds),
        row.viewers,
        f"{after:.2f} s" if math.isfinite(after) else "not all",
        row.typical(lambda r: r.complete_within(2)),
        row.typical(lambda r: r.complete_within(5)),
        row.typical(lambda r: r.deferred),
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
    if wrong := messages.wrong:
        found.append(f"{wrong} messages lost, doubled or out of order")
    for one in row.rounds:
        found += [f"{times} live duels: {reason}" for reason, times in one.live.failed.items()]
    return found
