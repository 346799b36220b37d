"""How many search for an opponent: looked up for all who ask, and counted for each who could meet them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from qader_sse.domain.time_limits import TimeLimits
from qader_sse.store import matchmaking
from qader_sse.store.database import Database
from qader_sse.use_cases.shared_lookup import SharedLookup

_MAX_COUNTED = 1_000


class Seekers:
    """Those who search for an opponent, as one worker knows them."""

    def __init__(
        self, database: Database, limits: TimeLimits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._away = timedelta(seconds=limits.seeker_away_seconds)
        self._clock = clock
        self._seekers = SharedLookup(self._look_up, clock)

    def seen_by(self, viewer_id: int) -> Counter[str]:
        """Return for each type how many others search whom a viewer could be matched with.

        All of them together are a thousand at most.
        """
        with self._database.autocommit() as connection:
            apart = matchmaking.apart_from(connection, viewer_id, self._clock())
        found = self._seekers.found()
        return Counter({kind: len(seekers - apart) for kind, seekers in found.items()})

    def _look_up(self) -> tuple[dict[str, set[int]], bool]:
        # Kept even if few were found: to find them, the searches of people who are away are read as well.
        now = self._clock()
        with self._database.autocommit() as connection:
            since = now - self._away
            return matchmaking.online_seekers(connection, now, since, _MAX_COUNTED), True
