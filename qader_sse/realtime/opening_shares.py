"""How much of what opens is noted of each person: whoever opens streams in a loop fills no table."""

from collections import Counter
from datetime import datetime, timedelta

# Of one person, in a minute and at one worker. A client that comes back every two seconds needs as
# many. Not bounded, one account had 140 rows written a second, each of them kept for a week.
MOST = 30
_WINDOW = timedelta(minutes=1)


class OpeningShares:
    """Counts the topics of streams that people have opened, for a minute each time."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._until: datetime | None = None

    def take(self, user_id: int, count: int, now: datetime) -> bool:
        """Take notes of so many topics from a person's share; return whether it had any left."""
        if self._until is None or now >= self._until:
            self._counts.clear()
            self._until = now + _WINDOW
        if self._counts[user_id] >= MOST:
            return False
        self._counts[user_id] += count
        return True
