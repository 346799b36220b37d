"""Announcements of events that were read from the log first: lost, if they do not come within a moment."""

import time
from collections.abc import Callable

from qader_sse.realtime.stream_notes import StreamNotes

# A catch-up that comes between a commit and its announcement finds the event, too. Only after more time
# than any announcement takes is it certain that one was lost.
_LATE_SECONDS = 1.0


class MissedAnnouncements:
    """Knows in which topics an announcement is awaited, and counts those that never came."""

    def __init__(self, notes: StreamNotes, ticks: Callable[[], float] = time.monotonic) -> None:
        self._notes = notes
        self._ticks = ticks
        # By topic, since when. The earliest is enough: whoever catches up reads all that is missing.
        self._awaited: dict[str, float] = {}

    def found(self, topic: str, known: int | None, head: int) -> None:
        """Note that the log has events up to `head`, of which nothing above `known` was announced.

        Of a topic that is watched from now on, nothing is known, and so nothing is missed.
        """
        if known is None:
            return
        self._awaited.setdefault(topic, self._ticks())
        self._notes.caught_up(topic, known, head)

    def came(self, topic: str) -> None:
        """Note that an announcement has come of what the log had told before."""
        self._awaited.pop(topic, None)

    def count_lost(self) -> int:
        """Return in how many topics what was awaited has not come, and await it no longer."""
        late = self._ticks() - _LATE_SECONDS
        lost = [topic for topic, since in self._awaited.items() if since <= late]
        for topic in lost:
            del self._awaited[topic]
        return len(lost)
