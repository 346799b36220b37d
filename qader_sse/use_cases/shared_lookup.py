"""What is looked up once a second for all who ask, because it takes long and is the same for all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

Found = TypeVar("Found")

_KEPT_FOR = timedelta(seconds=1)


class SharedLookup(Generic[Found]):
    """A lookup of one worker, whose outcome is kept for a moment.

    Every lobby asks every few seconds, and to look up a thousand people takes milliseconds.
    """

    def __init__(
        self, look_up: Callable[[], tuple[Found, bool]], clock: Callable[[], datetime]
    ) -> None:
        """Take a function that returns what it has found, and whether that is to be kept."""
        self._look_up = look_up
        self._clock = clock
        self._kept: Found | None = None
        self._kept_until = datetime.min.replace(tzinfo=UTC)

    def found(self) -> Found:
        """Return what is there now or, if it was kept, was within the last second."""
        now = self._clock()
        if self._kept is not None and now < self._kept_until:
            return self._kept
        found, is_kept = self._look_up()
        if is_kept:
            self._kept, self._kept_until = found, now + _KEPT_FOR
        return found
