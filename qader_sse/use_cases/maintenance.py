"""Ending overdue challenges, as `qader_sse.sweeper` does."""

from collections.abc import Collection
from datetime import datetime, timedelta

from qader_sse.domain import rules
from qader_sse.domain.events import challenge_topic
from qader_sse.store import deadlines, event_log
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository, Change


class Maintenance:
    """Ends a challenge `arrival_grace_seconds` after its deadline.

    Until then, what arrived in time and is still in work finds it open.
    """

    def __init__(
        self, database: Database, repository: ChallengeRepository, arrival_grace_seconds: float
    ) -> None:
        self._database = database
        self._repository = repository
        self._grace = timedelta(seconds=arrival_grace_seconds)

    def next_due(self, limit: int, passing_over: Collection[int]) -> list[tuple[int, datetime]]:
        """Return up to `limit` challenges with a deadline, passed or not, the earliest first.

        Each comes as its id and when to end it. `passing_over` are ids of challenges to leave out.
        """
        with self._database.autocommit() as connection:
            due = deadlines.next_due(connection, limit, passing_over)
        return [(challenge_id, due_at + self._grace) for challenge_id, due_at in due]

    @retried
    def expire(self, challenge_ids: Collection[int], now: datetime) -> set[int]:
        """End those of these whose deadline and grace have passed, in one transaction; return them.

        Leaves out those that another transaction holds. An end has events in its own topic alone,
        which is locked then: so this waits for nobody. If one cannot be ended, none is.
        """
        with self._database.transaction() as tx:
            heads = event_log.try_lock(tx.connection, [*map(challenge_topic, challenge_ids)])
            ends: list[Change] = []
            for challenge_id in challenge_ids:
                head = heads.get(challenge_topic(challenge_id))
                if head is None:
                    continue
                before = self._repository.load(tx, challenge_id, head)
                after = rules.expire(before, now - self._grace)
                if after != before:
                    ends.append((before, after))
            self._repository.store_all(tx, ends, now)
            return {ended.id for _, ended in ends}
