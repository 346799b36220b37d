"""Compares what a viewer received with what there was to receive, on any stream of any topic."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class SequenceDiff:
    lost: int
    # Received more often than expected, or not expected at all.
    doubled: int
    disordered: int
    # For each message received, its position among those expected; None for a surplus one.
    positions: list[int | None]


def compare(expected: Sequence[Hashable], received: Sequence[Hashable]) -> SequenceDiff:
    """Count the differences: a message received matches the first equal one not yet matched."""
    unmatched: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for position, message in enumerate(expected):
        unmatched[message].append(position)
    positions = [unmatched[m].popleft() if unmatched[m] else None for m in received]
    found = [position for position in positions if position is not None]
    return SequenceDiff(
        lost=len(expected) - len(found),
        doubled=len(received) - len(found),
        disordered=sum(following < previous for previous, following in pairwise(found)),
        positions=positions,
    )


def gaps(numbers: Sequence[int]) -> Iterator[str]:
    """Yield each place where a topic's numbers do not go on with the next one."""
    for previous, seq in pairwise(numbers):
        if seq != previous + 1:
            yield f"{seq} came after {previous}"
