"""The outcome of a round, or of several."""

from collections import Counter
from dataclasses import dataclass, field

from chaos.leaks import Leaks


@dataclass
class Outcome:
    """The counts of one round; `add` sums those of several."""

    rounds: int = 1
    # What the fault did, in a few words.
    action: str = ""
    expected: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    # Snapshots in place of messages that the log could not serve, and how many it replaced.
    resets: int = 0
    replaced: int = 0
    # Messages received whose commits the database has lost since.
    undone: int = 0
    # The longest time from a change to its message at a viewer, in seconds, and that message.
    slowest: tuple[float, str] = (0.0, "none")
    # Requests that got a 503 with a text and Retry-After, from nginx or the service, during a fault
    # that makes a node or the database unreachable or too busy. The client sends them again.
    deferred: int = 0
    # Every other request that failed.
    failed: int = 0
    stuck: int = 0
    leaks: Leaks = field(default_factory=Leaks)
    # Why connections of viewers ended before the round did; each viewer reconnected.
    endings: Counter[str] = field(default_factory=Counter)
    # Everything else that is wrong, one sentence each.
    problems: list[str] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        counts = (self.lost, self.doubled, self.disordered, self.failed, self.stuck)
        return any(counts) or bool(self.leaks) or bool(self.problems)

    def add(self, other: "Outcome") -> None:
        self.rounds += other.rounds
        self.action = other.action
        self.expected += other.expected
        self.delivered += other.delivered
        self.lost += other.lost
        self.doubled += other.doubled
        self.disordered += other.disordered
        self.resets += other.resets
        self.replaced += other.replaced
        self.undone += other.undone
        self.slowest = max(self.slowest, other.slowest)
        self.deferred += other.deferred
        self.failed += other.failed
        self.stuck += other.stuck
        self.leaks = self.leaks.plus(other.leaks)
        self.endings += other.endings
        self.problems += other.problems

    def line(self) -> str:
        """Return the counts in one line, as the progress is logged."""
        delay, message = self.slowest
        slowest = f"{delay:.1f} s ({message})"
        ends = ", ".join(f"{count} {why}" for why, count in sorted(self.endings.items()))
        return (
            f"{self.action}; {self.delivered}/{self.expected} messages,"
            f" {self.lost} lost, {self.doubled} doubled, {self.disordered} out of order, {self.resets} resets in place of {self.replaced},"
            f" {self.undone} undone,"
            f" worst delay {slowest};"
            f" REST {self.deferred} deferred, {self.failed} failed; {self.stuck} stuck;"
            f" {self.leaks}; connections ended: {ends or 'none'}"
        )
