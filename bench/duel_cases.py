"""The ways to play many duels, and what each came to over the rounds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.deployment import Backend
from bench.duel_load import Played
from bench.players import Transport

# A client that needs more of its core than this may be what one waits for.
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
    Case("postgres", 500, seconds=40),
    Case("postgres", 500, seconds=300, is_long=True),
    Case("postgres", 1000, seconds=60, is_long=True),
)


@dataclass(slots=True)
class Row:
    """One case on one stage, a `Played` a round."""

    case: Case
    where: str
    rounds: list[Played] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.where}: {self.case.title}"

    @property
    def answers_per_second(self) -> float:
        return median(played.answers_per_second for played in self.rounds)

    def seen_ms(self, share: float) -> float:
        """Return the median of the rounds' quantiles: from an answer to the opponent's stream."""
        return median(quantile_ms(played.seen, share) for played in self.rounds)

    def cores(self, who: str) -> float:
        return median(played.cores.get(who, 0.0) for played in self.rounds)

    def total(self, count: Callable[[Played], int]) -> int:
        return sum(map(count, self.rounds))

    @property
    def problems(self) -> list[str]:
        """Say what should not have been, each reason once."""
        found: Counter[str] = Counter()
        for played in self.rounds:
            wrong = played.messages
            found["a message lost, doubled or out of order"] += (
                wrong.lost + wrong.doubled + wrong.disordered
            )
            found.update(played.failed)
            found.update(played.refused)
            found["a round in which the client was busy"] += played.cores["client"] > _BUSY
        return [f"{times} × {what}" for what, times in found.items() if times]


def quantile_ms(times: Sequence[tuple[float, float]], share: float) -> float:
    """Return in milliseconds what this share of the times, (when, seconds), does not exceed."""
    ordered = sorted(seconds for _, seconds in times)
    return 1000 * ordered[round(share * (len(ordered) - 1))] if ordered else float("nan")
