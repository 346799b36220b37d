"""Ending overdue challenges, as `qader_sse.sweeper` does."""

from collections.abc import Collection
from datetime import datetime, timedelta

from qader_sse.domain import rules
from qader_sse.domain.events import challenge_topic
from qader_sse.store import deadlines, event_log
from qader_sse.store.database import Database
from qader_sse.store.retries import retried
from qader_sse.use_cases.challenge_repository import ChallengeRepository


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
    def expire(self, challenge_id: int, now: datetime) -> bool:
        """End a challenge whose deadline and grace have passed; return whether this call did.

        Returns False if they have not, or if another transaction holds the challenge.
        """
        with self._database.transaction() as tx:
            head = event_log.try_lock(tx.connection, challenge_topic(challenge_id))
            if head is None:
                return False
            before = self._repository.load(tx, challenge_id, head)
            ended = rules.expire(before, now - self._grace)
            return self._repository.store(tx, before, ended, now) != before
