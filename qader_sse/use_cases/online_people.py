"""Who is online, as people see it: looked up for all who ask, and shown to each as they may see it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from qader_sse.domain.challenge import Player
from qader_sse.store import blocks, presence
from qader_sse.store.database import Database

# Of more people, neither the list nor the count says anything that a person could use.
_MAX_COUNTED = 1_000
_MAX_NAMED = 100
# Up to so many are looked up anew for each who asks. Of more, what was found is kept for a moment: every
# lobby asks every few seconds, and to look up a thousand takes milliseconds.
_FEW = 100
_KEPT_FOR = timedelta(seconds=1)


class OnlinePeople:
    """The list of who is online, of one worker."""

    def __init__(
        self, database: Database, everybody: Callable[[], set[int]], clock: Callable[[], datetime]
    ) -> None:
        """Take a function that returns the ids of all who are online at this moment."""
        self._database = database
        self._everybody = everybody
        self._clock = clock
        self._kept: Sequence[Player] = ()
        self._kept_until = datetime.min.replace(tzinfo=UTC)

    def seen_by(self, viewer_id: int) -> tuple[int, list[Player]]:
        """Return how many others are online, up to a thousand, and up to a hundred of them.

        Left out are those who do not want to be listed, and those where one has blocked the other: so
        whoever is missing may be away, unlisted, or either. Sorted by username.
        """
        with self._database.autocommit() as connection:
            hidden = blocks.of_either(connection, viewer_id) | {viewer_id}
        others = [player for player in self._listed() if player.id not in hidden][:_MAX_COUNTED]
        # Of many, each viewer gets different ones, always the same while they stay.
        named = nsmallest(
            _MAX_NAMED, range(len(others)), key=lambda place: hash((viewer_id, others[place].id))
        )
        return len(others), [others[place] for place in sorted(named)]

    def _listed(self) -> Sequence[Player]:
        now = self._clock()
        if now < self._kept_until:
            return self._kept
        # One more than are counted, since the viewer is among them.
        some = nsmallest(_MAX_COUNTED + 1, self._everybody(), key=lambda user_id: hash((user_id,)))
        with self._database.autocommit() as connection:
            listed = presence.listed(connection, some)
        if len(some) > _FEW:
            self._kept, self._kept_until = listed, now + _KEPT_FOR
        return listed
