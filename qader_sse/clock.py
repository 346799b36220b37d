"""The time, as the rules use it: it only goes forward."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)

# Below this, a wall clock that is being corrected; beyond, one that somebody moved.
_WORTH_A_LINE = timedelta(seconds=5)


def _wall() -> datetime:
    return datetime.now(UTC)


def _ticks() -> float:
    # Also counts while the machine sleeps, where the system has such a clock (Linux).
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Says the wall clock's time at the start of the service, and how much has passed since.

    A wall clock that is set back by an hour would otherwise give every duel an hour more,
    and one set forward would end them all. Daylight saving never shows in UTC.
    """

    def __init__(
        self,
        anchor: str = "",
        wall: Callable[[], datetime] = _wall,
        ticks: Callable[[], float] = _ticks,
    ) -> None:
        """Begin now, or where an anchor says: seconds since 1970, a space, and the ticks of then.

        Processes of one machine that are given the same one live in the same time.
        """
        self._wall, self._ticks = wall, ticks
        self._began_at, self._began_ticks = wall(), ticks()
        if anchor:
            epoch, began_ticks = map(float, anchor.split())
            self._began_at, self._began_ticks = datetime.fromtimestamp(epoch, UTC), began_ticks
        self._told = timedelta(0)

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=self._ticks() - self._began_ticks)

    def compare(self) -> None:
        """Tell the log, once, where the wall clock was moved: a restart would take its time on."""
        moved = self._wall() - self()
        if abs(moved - self._told) < _WORTH_A_LINE:
            return
        self._told = moved
        logger.warning(
            "the wall clock is %+.0f s off the time this process keeps;"
            " if it is right, restart the service",
            moved.total_seconds(),
        )
