"""Figures with bounds, and how calls are counted: the same on every machine, whatever else runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """One figure, and the bound that it may not exceed."""

    name: str
    found: float
    bound: float

    @property
    def exceeds_bound(self) -> bool:
        return self.found > self.bound


@dataclass(slots=True)
class Calls:
    """How many calls there were, of functions in Python or in C."""

    number: int = 0


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """Count the calls in the block, those of all greenlets included."""
    calls = Calls()

    def count(frame: object, kind: str, argument: object) -> None:
        calls.number += kind in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)
