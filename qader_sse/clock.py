"""The time that rules compare with: it never goes back."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)

# A smaller difference is a wall clock being corrected, a larger one was set by hand.
_WORTH_LOGGING = timedelta(seconds=5)


def _wall() -> datetime:
    return datetime.now(UTC)


def _ticks() -> float:
    # CLOCK_BOOTTIME also counts while the machine sleeps; only Linux has it.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Returns the wall clock's time at the start of the service plus the time passed since.

    If the rules read the wall clock itself, setting it back by an hour would give every running
    challenge an hour more, and setting it forward would end them all. All times are in UTC, so
    daylight saving changes nothing.
    """

    def __init__(
        self,
        anchor: str = "",
        wall: Callable[[], datetime] = _wall,
        ticks: Callable[[], float] = _ticks,
    ) -> None:
        """Begin now, or at an anchor: seconds since 1970, a space, and the ticks at that moment.

        Processes of one machine that are given the same anchor agree on the time.
        """
        self._wall, self._ticks = wall, ticks
        self._began_at, self._began_ticks = wall(), ticks()
        if anchor:
            epoch, began_ticks = map(float, anchor.split())
            self._began_at, self._began_ticks = datetime.fromtimestamp(epoch, UTC), began_ticks
        self._logged_difference = timedelta(0)

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=self._ticks() - self._began_ticks)

    def compare(self) -> None:
        """Log once that the wall clock was set: after a restart, its new time would count."""
        moved = self._wall() - self()
        if abs(moved - self._logged_difference) < _WORTH_LOGGING:
            return
        self._logged_difference = moved
        logger.warning(
            "the wall clock is %+.0f s off the time this process keeps;"
            " if it is right, restart the service",
            moved.total_seconds(),
        )
