"""The ways in which many duels are played, and the results of each over the rounds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.deployment import Backend
from bench.duel_load import LoadResult
from bench.players import ANSWERS_PER_DUEL, Transport

# To reckon how long a round takes: answers without pauses, and a client's process that starts.
_ANSWERS_PER_SECOND, _STARTS_SECONDS = 600.0, 2.0
# A client that uses more of its core than this may be the bottleneck.
_BUSY = 0.7


@dataclass(frozen=True, slots=True)
class Case:
    """One way to play. `rate`: answers a second of all players; 0: as fast as acknowledged."""

    backend: Backend
    at_a_time: int
    transport: Transport = "sse"
    rate: float = 0
    seconds: float = 10.0  # of each round
    workers: int = 1
    rounds: int = 5

    @property
    def title(self) -> str:
        transport = {"sse": "SSE", "websocket": "WebSocket"}[self.transport]
        pace = f"paced at {self.rate:.0f}/s" if self.rate else "no pauses"
        return f"{self.at_a_time:,} at a time, {transport}, {pace}"

    @property
    def warm_up_seconds(self) -> float:
        """The time over which pairs begin.

        No more than 50 a second, so that the server is not flooded and the duels are in different
        phases.
        """
        return max(3.0, self.at_a_time / 50)

    @property
    def lasts(self) -> float:
        """About how many seconds a round takes: in the end, the duels that run are played out."""
        duel = self.at_a_time * ANSWERS_PER_DUEL / (self.rate or _ANSWERS_PER_SECOND)
        return self.warm_up_seconds + self.seconds + duel + _STARTS_SECONDS


# The paced ones hardly differ from round to round, and those on the WebSocket wait for a pause.
CASES = (
    Case("sqlite", 10, seconds=8),
    Case("sqlite", 10, rate=16, rounds=1),
    Case("sqlite", 10, rate=100, rounds=3),
    Case("sqlite", 10, "websocket", rounds=1),
    Case("sqlite", 10, "websocket", rate=100, rounds=1),
    Case("postgres", 50, seconds=12),
    Case("postgres", 50, seconds=12, workers=2),
    # Each of its rounds takes more than a minute, and has more answers than all others.
    Case("postgres", 500, seconds=25, workers=2, rounds=2),
)


@dataclass(slots=True)
class Row:
    """One case on one deployment, with a result for each round."""

    case: Case
    where: str
    rounds: list[LoadResult] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.where}: {self.case.title}"

    @property
    def answers_per_second(self) -> float:
        return median(result.answers_per_second for result in self.rounds)

    def seen_ms(self, share: float) -> float:
        """Return a quantile of the times from answer to opponent's stream: the rounds' median."""
        return median(quantile_ms(result.seen, share) for result in self.rounds)

    def cores(self, group: str) -> float:
        return median(result.cores.get(group, 0.0) for result in self.rounds)

    def total(self, count: Callable[[LoadResult], int]) -> int:
        return sum(map(count, self.rounds))

    @property
    def problems(self) -> list[str]:
        """Return the faults of all rounds: each kind once, with how often it occurred."""
        found: Counter[str] = Counter()
        for result in self.rounds:
            found["a message lost, doubled or out of order"] += result.messages.wrong
            found.update(result.failed)
            found.update(result.refused)
            found["a round in which the client was the bottleneck"] += (
                result.cores["client"] > _BUSY
            )
        return [f"{times} × {reason}" for reason, times in found.items() if times]


def quantile_ms(times: Sequence[tuple[float, float]], share: float) -> float:
    """Return the milliseconds that this share of the times, as (when, seconds), does not exceed."""
    ordered = sorted(seconds for _, seconds in times)
    return 1000 * ordered[round(share * (len(ordered) - 1))] if ordered else float("nan")
