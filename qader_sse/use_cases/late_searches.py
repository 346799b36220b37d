"""Ends a search that began at the moment at which a duel of its seeker did.

A start looks for searches of the two who play, and a search for a duel of its seeker. At the same
moment neither sees the other one, because neither is committed yet. So each looks once more when it is
committed: the later of them finds both. A lock that both take was the alternative; every start would
wait for those who search.
"""

from collections.abc import Collection
from datetime import datetime

from qader_sse.store import matchmaking
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository


class LateSearches:
    def __init__(self, database: Database, repository: ChallengeRepository) -> None:
        self._database = database
        self._repository = repository

    @retried
    def end(self, user_ids: Collection[int], now: datetime) -> bool:
        """End the searches of those of these users who play; return whether there were any.

        To be called when what they have begun is committed.
        """
        with self._database.autocommit() as connection:
            late = matchmaking.searching_players(connection, user_ids, now)
        if late:
            with self._database.transaction() as tx:
                self._repository.end_searches(tx, late, now)
        return bool(late)
