"""The cases in which messages are published to many streams, and the results of each contender."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from bench.contender import Contender
from bench.contenders import Entrant
from bench.load_client.client import Load, Result

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
    rounds: int = 5
    rounds_of_others: int = 0  # of contenders that are not in all cases

    def rounds_of(self, entrant: Entrant) -> int:
        return self.rounds if entrant.is_in_all else self.rounds_of_others

    def load(self, contender: Contender, seconds: float) -> Load:
        """Return the load. A contender with a `max_per_second` gets no more, even with a window."""
        bound = contender.max_per_second
        rate = min(self.rate or bound, bound) if bound else self.rate
        return Load(seconds, 0 if rate else self.window, rate, warm_up=1.0)


CASES = (
    Case("fan-out", "1,000 topics with 2 viewers each", 1000, 2, window=64, rounds_of_others=2),
    Case("broadcast", "One topic with 2,000 viewers", 1, 2000, window=16, rounds=3),
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
    version: str = ""
    is_ours: bool = False
    is_bounded: bool = False
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
