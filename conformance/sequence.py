"""Compares what a viewer got with what there was to get."""

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Tally:
    lost: int
    # Came again, or was never sent to this viewer: either way too much.
    doubled: int
    disordered: int
    # For each message received, its place among those expected; None for what is too much.
    places: list[int | None]


def compare(expected: Sequence[Hashable], received: Sequence[Hashable]) -> Tally:
    """Match each message received with the first equal one that is still expected."""
    open_places: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for place, message in enumerate(expected):
        open_places[message].append(place)
    places = [open_places[m].popleft() if open_places[m] else None for m in received]
    found = [place for place in places if place is not None]
    return Tally(
        lost=len(expected) - len(found),
        doubled=len(received) - len(found),
        disordered=sum(following < previous for previous, following in pairwise(found)),
        places=places,
    )
