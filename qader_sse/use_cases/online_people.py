"""Who is online, as people see it: looked up for all who ask, and shown to each as they may see it."""

from collections.abc import Callable
from datetime import datetime
from heapq import nsmallest

from qader_sse.domain.challenge import Player
from qader_sse.store import blocks, presence
from qader_sse.store.database import Database
from qader_sse.use_cases.shared_lookup import SharedLookup

# Of more people, neither the list nor the count says anything that a person could use.
_MAX_COUNTED = 1_000
_MAX_NAMED = 100
# Up to so many are looked up anew for each who asks.
_FEW = 100


class OnlinePeople:
    """The list of who is online, of one worker."""

    def __init__(
        self, database: Database, everybody: Callable[[], set[int]], clock: Callable[[], datetime]
    ) -> None:
        """Take a function that returns the ids of all who are online at this moment."""
        self._database = database
        self._everybody = everybody
        self._listed = SharedLookup(self._look_up, clock)

    def seen_by(self, viewer_id: int) -> tuple[int, list[Player]]:
        """Return how many others are online, up to a thousand, and up to a hundred of them.

        Left out are those who do not want to be listed, and those where one has blocked the other: so
        whoever is missing may be away, unlisted, or either. Sorted by username.
        """
        with self._database.autocommit() as connection:
            hidden = blocks.of_either(connection, viewer_id) | {viewer_id}
        others = [player for player in self._listed.found() if player.id not in hidden]
        others = others[:_MAX_COUNTED]
        # Of many, each viewer gets different ones, always the same while they stay.
        named = nsmallest(
            _MAX_NAMED, range(len(others)), key=lambda place: hash((viewer_id, others[place].id))
        )
        return len(others), [others[place] for place in sorted(named)]

    def _look_up(self) -> tuple[list[Player], bool]:
        # One more than are counted, since the viewer is among them.
        some = nsmallest(_MAX_COUNTED + 1, self._everybody(), key=lambda user_id: hash((user_id,)))
        with self._database.autocommit() as connection:
            return presence.listed(connection, some), len(some) > _FEW
