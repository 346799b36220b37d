"""The ways in which many duels are played, and the results of each over the rounds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.deployment import Backend
from bench.duel_load import LoadResult
from bench.players import Transport

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
    is_long: bool = False  # played in the first round only
    workers: int = 1

    @property
    def title(self) -> str:
        transport = {"sse": "SSE", "websocket": "WebSocket"}[self.transport]
        pace = f"paced at {self.rate:.0f}/s" if self.rate else "no pauses"
        length = f", {self.seconds:.0f} s" if self.is_long else ""
        return f"{self.at_a_time:,} at a time, {transport}, {pace}{length}"


CASES = (
    Case("sqlite", 10),
    Case("sqlite", 10, rate=16),
    Case("sqlite", 10, rate=100),
    Case("sqlite", 10, "websocket"),
    Case("sqlite", 10, "websocket", rate=100),
    Case("postgres", 50, seconds=20),
    Case("postgres", 50, seconds=20, workers=2),
    Case("postgres", 500, seconds=40, workers=2),
    Case("postgres", 500, seconds=300, workers=2, is_long=True),
    Case("postgres", 1000, seconds=60, workers=2, is_long=True),
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
