"""How much of what opens is noted of each person: whoever opens streams in a loop fills no table."""

from datetime import datetime, timedelta

# Of one person, in a minute and at one worker. A client that comes back every two seconds needs as
# many. Without a bound, one account had 140 rows written a second, each of which is kept for a week.
MOST = 30
_WINDOW = timedelta(minutes=1)
# People whose ids meet in a slot share its notes: when ten thousand come at once, two or three do.
# A count for each person would be 47 bytes more for every quiet stream.
_SLOTS = 1 << 12


class OpeningShares:
    """Counts the topics of streams that people have opened, for a minute each time."""

    def __init__(self) -> None:
        self._counts = bytearray(_SLOTS)
        self._until: datetime | None = None

    def take(self, user_id: int, count: int, now: datetime) -> bool:
        """Take notes of so many topics from a person's share; return whether it had any left."""
        if self._until is None or now >= self._until:
            self._counts[:] = bytes(_SLOTS)
            self._until = now + _WINDOW
        slot = user_id % _SLOTS
        if self._counts[slot] >= MOST:
            return False
        self._counts[slot] += count
        return True
