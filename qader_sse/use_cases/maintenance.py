"""What has to be done and nobody asks for: use cases of time passing, one transaction each.

`qader_sse.sweeper` says when.
"""

from collections.abc import Collection
from datetime import datetime

from qader_sse.domain import rules
from qader_sse.domain.events import challenge_topic
from qader_sse.store import deadlines, event_log, idempotency, matchmaking, presence
from qader_sse.store.database import Database, retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository


class Maintenance:
    def __init__(self, database: Database, repository: ChallengeRepository, worker: str) -> None:
        self._database = database
        self._repository = repository
        self._worker = worker
        self._has_noted_people = False

    def next_due(self, limit: int, passing_over: Collection[int]) -> list[tuple[int, datetime]]:
        """Return the challenges whose time runs out first, or has longest ago, and when."""
        with self._database.autocommit() as connection:
            return deadlines.next_due(connection, limit, passing_over)

    def mark_seen(self, user_ids: Collection[int], now: datetime) -> None:
        """Note that these people are there, and nobody else at this worker.

        Who looks for an opponent is not passed over then.
        """
        if user_ids or self._has_noted_people:
            with self._database.transaction() as tx:
                presence.note(tx.connection, self._worker, user_ids, now)
            self._has_noted_people = bool(user_ids)
        if not user_ids:
            return
        with self._database.autocommit() as connection:
            seekers = matchmaking.seekers(connection).intersection(user_ids)
        if seekers:
            with self._database.transaction() as tx:
                matchmaking.mark_seen(tx.connection, seekers, now)

    def people_elsewhere(self, since: datetime) -> set[int]:
        """Return who is there at other workers, those left out that noted nobody since then."""
        with self._database.autocommit() as connection:
            return presence.elsewhere(connection, self._worker, since)

    @retried
    def expire(self, challenge_id: int, now: datetime) -> bool:
        """End a challenge whose time has run out.

        Returns False where it has not, or where somebody else is at it at this moment.
        """
        with self._database.transaction() as tx:
            head = event_log.try_lock(tx.connection, challenge_topic(challenge_id))
            if head is None:
                return False
            before = self._repository.load(tx, challenge_id, head)
            after = self._repository.store(tx, before, rules.expire(before, now), now)
            return after != before

    @retried
    def trim(self, ended_before: datetime, limit: int, now: datetime) -> int:
        """Delete the events of up to `limit` challenges that ended before then; return how many.

        Their states stay: who comes back with an old number gets a snapshot.
        """
        with self._database.transaction() as tx:
            deadlines.date_endings(tx.connection, now, limit)
            old = deadlines.untrimmed(tx.connection, ended_before, limit)
            by_topic = {challenge_topic(challenge_id): challenge_id for challenge_id in old}
            trimmed = [by_topic[topic] for topic in event_log.trim(tx.connection, by_topic)]
            deadlines.mark_trimmed(tx.connection, trimmed, now)
            return len(trimmed)

    @retried
    def forget_keys(self, used_before: datetime) -> None:
        """Forget which requests created what, of those made before then."""
        with self._database.transaction() as tx:
            idempotency.forget(tx.connection, used_before)

    @retried
    def forget_workers(self, seen_before: datetime) -> None:
        """Forget who was there at workers that have ended, those that noted nobody since then."""
        with self._database.transaction() as tx:
            presence.forget(tx.connection, seen_before)
