"""Counts values by size, as plain numbers that a collector of metrics reads now and then."""

import math
from collections.abc import Sequence


class Histogram:
    """How many values were at most each bound, and the sum of all.

    `observe` is one call, because streams use it all the time: the metrics library's own
    histogram takes a lock, and with several processes writes into a file each time.
    """

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Take the upper bounds in ascending order; one without end is added."""
        self._bounds = (*bounds, math.inf)
        self._counts = [0] * len(self._bounds)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value, or several that are the same."""
        bounds, index = self._bounds, 0
        while value > bounds[index]:  # most values are small, so a search would be no faster
            index += 1
        self._counts[index] += times
        if value > 0:  # a moment that another machine's clock tells may be yet to come here
            self.sum += value * times

    @property
    def count(self) -> int:
        return sum(self._counts)

    @property
    def buckets(self) -> list[tuple[float, int]]:
        """Return each bound with the number of values up to it and above the bound before it."""
        return list(zip(self._bounds, self._counts, strict=True))
