"""Recording who is present at a worker, and telling it in the duels of those who come and go.

Somebody is present who is online, or was until a moment ago. `qader_sse.presence_recorder` knows
these of its worker, and runs what is here.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from qader_sse.domain.time_limits import TimeLimits
from qader_sse.slices import slices
from qader_sse.store import matchmaking, presence
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository

# How many users one query is about: thousands may come at the same time.
_USERS_PER_QUERY = 500


class PresenceChanges:
    """Each method is one use case."""

    def __init__(
        self,
        database: Database,
        repository: ChallengeRepository,
        limits: TimeLimits,
        worker: str,
    ) -> None:
        self._database = database
        self._repository = repository
        # A worker that has recorded nothing for this long has ended.
        self._away = timedelta(seconds=limits.seeker_away_seconds)
        self._worker = worker

    @retried
    def record(self, user_ids: Collection[int], now: datetime) -> set[int]:
        """Record exactly these users as present at this worker.

        Returns those whose duels may be out of date though they neither came nor went here: the
        users of workers that have ended, and if another worker took this one for ended, all.
        """
        with self._database.transaction() as tx:
            was_recorded = presence.record(tx.connection, self._worker, user_ids, now)
            ended = presence.forget(tx.connection, now - self._away)
        return set().union(*ended, () if was_recorded else user_ids)

    def outdated(
        self, user_ids: Collection[int], present: Collection[int]
    ) -> list[tuple[int, int]]:
        """Return the duels of these users that tell otherwise than that only some are present.

        Each comes as its id and the user.
        """
        found: list[tuple[int, int]] = []
        for some in slices(sorted(user_ids), _USERS_PER_QUERY):
            with self._database.autocommit() as connection:
                found += presence.outdated(connection, some, present)
        return found

    @retried
    def tell(self, challenge_id: int, user_id: int, now: datetime) -> bool:
        """Have a duel tell whether a user is present at any worker; return whether that is new.

        Whoever records somebody calls this afterwards, and it reads the records under the lock of
        the duel. So of two workers where somebody goes and comes, the later one sees both records.
        """
        with self._database.transaction() as tx:
            before = self._repository.lock(tx, challenge_id)
            after = self._repository.see(tx, before, user_id, now)
            return self._repository.store(tx, before, after, now) != before

    def see_seekers(self, user_ids: Collection[int], now: datetime) -> None:
        """Have the searches of these users count as those of people who are there."""
        with self._database.autocommit() as connection:
            seekers = matchmaking.seekers(connection).intersection(user_ids)
        if seekers:
            with self._database.transaction() as tx:
                matchmaking.mark_seen(tx.connection, seekers, now)

    def online_elsewhere(self, now: datetime) -> set[int]:
        """Return the users who are present at other workers."""
        with self._database.autocommit() as connection:
            return presence.recorded(connection, now - self._away, but=self._worker)
