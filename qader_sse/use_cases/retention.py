"""Deletes what has passed its retention: each method is one use case. `qader_sse.sweeper` runs them."""

from datetime import datetime

from qader_sse.domain.events import challenge_topic
from qader_sse.store import idempotency, presence, retention
from qader_sse.store.database import Database, retried


class Retention:
    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def trim(self, ended_before: datetime, limit: int, now: datetime) -> int:
        """Delete the events of up to `limit` challenges that ended before a time; return how many.

        The challenges themselves stay: a cursor from before the deletion is reset to a snapshot.
        """
        with self._database.transaction() as tx:
            retention.date_endings(tx.connection, now, limit)
            old = retention.untrimmed(tx.connection, ended_before, limit)
            by_topic = {challenge_topic(challenge_id): challenge_id for challenge_id in old}
            trimmed = [by_topic[topic] for topic in retention.trim(tx.connection, by_topic)]
            retention.mark_trimmed(tx.connection, trimmed, now)
            return len(trimmed)

    @retried
    def forget_keys(self, used_before: datetime) -> None:
        """Delete the idempotency keys that were used before this time."""
        with self._database.transaction() as tx:
            idempotency.forget(tx.connection, used_before)

    @retried
    def forget_workers(self, seen_before: datetime) -> None:
        """Delete the presence rows of workers that have written none since this time."""
        with self._database.transaction() as tx:
            presence.forget(tx.connection, seen_before)
