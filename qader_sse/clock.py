"""The time that rules compare with: it never goes back."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

logger = logging.getLogger(__name__)

# How fast this clock approaches the one it follows: by 0.05 seconds in each second.
_SLEW = 0.05
# Smaller differences are ordinary: a wall clock being corrected, two machines' clocks. A larger one
# means that somebody has set a clock, and is logged.
_WORTH_LOGGING = timedelta(seconds=5)


def _wall() -> datetime:
    return datetime.now(UTC)


# CLOCK_BOOTTIME also counts while the machine sleeps; only Linux has it, others use MONOTONIC.
_ticks = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Returns the wall clock's time at the start of the service plus the time passed since.

    If the rules read the wall clock itself, setting it back by an hour would give every running
    challenge an hour more, and setting it forward would end them all. All times are in UTC, so
    daylight saving changes nothing. With PostgreSQL, all nodes follow the clock of the database:
    otherwise a node whose clock is ahead would end challenges too early.
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
        self._is_following = False
        # The offset at the last comparison, from which it moves towards the wanted one.
        self._offset = self._wanted_offset = 0.0
        self._compared_ticks = self._began_ticks

    def __call__(self) -> datetime:
        ticks = self._ticks()
        passed = ticks - self._began_ticks + self._offset_at(ticks)
        return self._began_at + timedelta(seconds=passed)

    @property
    def offset_seconds(self) -> float:
        """How many seconds the followed clock is ahead of this one's own time; 0 without one."""
        return self._wanted_offset

    @property
    def is_off(self) -> bool:
        """Whether the machine's clock differs from the time that is used here by five seconds."""
        return abs(self._logged_difference) >= _WORTH_LOGGING

    def follow(self, difference: timedelta, uncertainty: timedelta) -> None:
        """Follow another clock, which is `difference` ahead of this one.

        The first call sets this clock at once, before rules have used it. Later calls have it
        approach the other clock so slowly that it neither jumps nor goes back, even where the other
        does; a difference within `uncertainty`, the error of the measurement, changes nothing.
        """
        ticks = self._ticks()
        if self._is_following and abs(difference) <= uncertainty:
            return
        self._offset, self._compared_ticks = self._offset_at(ticks), ticks
        self._wanted_offset = self._offset + difference.total_seconds()
        if not self._is_following:
            self._is_following, self._offset = True, self._wanted_offset
        offset = timedelta(seconds=self._wanted_offset)
        if abs(offset - self._logged_difference) >= _WORTH_LOGGING:
            self._logged_difference = offset
            logger.warning(
                "the clock of the database is %+.1f s off the one of this machine; its time is used",
                offset.total_seconds(),
            )

    def _offset_at(self, ticks: float) -> float:
        missing = self._wanted_offset - self._offset
        if not missing:
            return self._offset  # as a rule; and a request reads the time several times
        most = (ticks - self._compared_ticks) * _SLEW
        return self._offset + max(-most, min(most, missing))

    def compare(self) -> None:
        """Log once that the wall clock was set by 5 seconds or more: a restart would use it.

        Does nothing while another clock is followed.
        """
        if self._is_following:
            return
        moved = self._wall() - self()
        if abs(moved - self._logged_difference) < _WORTH_LOGGING:
            return
        self._logged_difference = moved
        logger.warning(
            "the wall clock is %+.0f s off the time this process keeps;"
            " if it is right, restart the service",
            moved.total_seconds(),
        )
