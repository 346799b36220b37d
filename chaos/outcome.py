"""What one round came to."""

from collections import Counter
from dataclasses import dataclass, field

from chaos.leaks import Leaks


@dataclass
class Outcome:
    """Counts of one round; `add` makes those of several."""

    rounds: int = 1
    # In a few words, what was done.
    did: str = ""
    expected: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    # The longest between a change and its message at a viewer, in seconds, and which one it was.
    slowest: tuple[float, str] = (0.0, "none")
    # Requests whose backend was away, and that were told so by a clear 503.
    put_off: int = 0
    # Every other request that failed.
    failed: int = 0
    stuck: int = 0
    leaks: Leaks = field(default_factory=Leaks)
    # Why connections of viewers ended before the round did; each of them came back.
    endings: Counter[str] = field(default_factory=Counter)
    # Whatever is not as it should be, a sentence each.
    problems: list[str] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        counts = (self.lost, self.doubled, self.disordered, self.failed, self.stuck)
        return any(counts) or bool(self.leaks) or bool(self.problems)

    def add(self, other: "Outcome") -> None:
        self.rounds += other.rounds
        self.did = other.did
        self.expected += other.expected
        self.delivered += other.delivered
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered
        self.slowest = max(self.slowest, other.slowest)
        self.put_off += other.put_off
        self.failed += other.failed
        self.stuck += other.stuck
        self.leaks = self.leaks.plus(other.leaks)
        self.endings += other.endings
        self.problems += other.problems

    def line(self) -> str:
        """Say it in one line, for who waits for the rest."""
        delay, message = self.slowest
        slowest = f"{delay:.1f} s ({message})"
        ends = ", ".join(f"{count} {why}" for why, count in sorted(self.endings.items()))
        return (
            f"{self.did}; {self.delivered}/{self.expected} messages,"
            f" {self.lost} lost, {self.doubled} doubled, {self.disordered} out of order,"
            f" worst delay {slowest};"
            f" REST {self.put_off} put off, {self.failed} failed; {self.stuck} stuck;"
            f" {self.leaks}; connections ended: {ends or 'none'}"
        )
