"""Deletes what has passed its retention, a batch at a time. `qader_sse.sweeper` runs the batches."""

from collections.abc import Callable
from datetime import datetime, timedelta

from qader_sse.domain.retention_periods import RetentionPeriods
from qader_sse.store import (
    audit,
    deletion,
    idempotency,
    password_resets,
    presence,
    stream_notes,
    stream_tickets,
)
from qader_sse.store.database import Database, Transaction
from qader_sse.store.retries import retried

# The challenges of a batch. Each has some fifty events and thirty answers. SQLite runs in C, and no
# other greenlet of the worker runs while it deletes those of a batch: for some ten milliseconds.
_CHALLENGES = 20
# How many rows a batch deletes of what is not a challenge.
_ROWS = 200


class Retention:
    """Each method is one use case: it deletes one batch, and returns how many it deleted."""

    def __init__(self, database: Database, periods: RetentionPeriods) -> None:
        self._database = database
        self._periods = periods

    def trim_challenges(self, now: datetime) -> int:
        """Delete the events of one batch of challenges that ended longer than `log_seconds` ago.

        A cursor before the last of these events is answered with a reset from then on.
        """
        ended_before = now - timedelta(seconds=self._periods.log_seconds)

        def delete(tx: Transaction) -> int:
            deletion.date_endings(tx.connection, now, _ROWS)
            return deletion.trim_challenges(tx.connection, ended_before, now, _CHALLENGES)

        return self._in_transaction(delete)

    def delete_challenges(self, now: datetime) -> int:
        """Delete one batch of challenges that ended longer than `challenge_seconds` ago.

        All that belongs to them goes with them; their addresses answer 404 from then on.
        """
        ended_before = now - timedelta(seconds=self._periods.challenge_seconds)
        return self._in_transaction(
            lambda tx: deletion.delete_challenges(tx.connection, ended_before, _CHALLENGES)
        )

    def trim_notifications(self, now: datetime) -> int:
        """Delete one batch of users' events older than `notification_seconds`, not their topics."""
        before = now - timedelta(seconds=self._periods.notification_seconds)
        return self._in_transaction(
            lambda tx: deletion.trim_notifications(tx.connection, before, _ROWS)
        )

    def trim_sign_outs(self, now: datetime) -> int:
        """Delete one batch of the events of ended sessions that are older than `session_seconds`.

        Every worker has read these long ago.
        """
        before = now - timedelta(seconds=self._periods.session_seconds)
        return self._in_transaction(
            lambda tx: deletion.trim_sign_outs(tx.connection, before, _ROWS)
        )

    def delete_sessions(self, now: datetime) -> int:
        """Delete one batch of sessions that ended or ran out longer than `session_seconds` ago."""
        ended_before = now - timedelta(seconds=self._periods.session_seconds)
        opened_before = ended_before - timedelta(seconds=self._periods.session_lifetime_seconds)
        return self._in_transaction(
            lambda tx: deletion.delete_sessions(tx.connection, ended_before, opened_before, _ROWS)
        )

    def delete_tickets(self, now: datetime) -> int:
        """Delete one batch of stream tickets that nobody used in time."""
        return self._in_transaction(
            lambda tx: stream_tickets.delete_expired(tx.connection, now, _ROWS)
        )

    def delete_reset_links(self, now: datetime) -> int:
        """Delete one batch of links to reset a password that nobody used in time."""
        return self._in_transaction(
            lambda tx: password_resets.delete_expired(tx.connection, now, _ROWS)
        )

    def delete_keys(self, now: datetime) -> int:
        """Delete one batch of keys first used longer than `idempotency_key_seconds` ago."""
        before = now - timedelta(seconds=self._periods.idempotency_key_seconds)
        return self._in_transaction(lambda tx: idempotency.forget(tx.connection, before, _ROWS))

    def delete_stream_notes(self, now: datetime) -> int:
        """Delete one batch of notes of streams, which are kept for as long as the events."""
        log_before = now - timedelta(seconds=self._periods.log_seconds)
        notifications_before = now - timedelta(seconds=self._periods.notification_seconds)
        return self._in_transaction(
            lambda tx: stream_notes.delete_old(
                tx.connection, log_before, notifications_before, _ROWS
            )
        )

    def delete_stream_looks(self, now: datetime) -> int:
        """Delete one batch of what workers found when they looked at their streams."""
        longest = max(self._periods.log_seconds, self._periods.notification_seconds)
        before = now - timedelta(seconds=longest)
        return self._in_transaction(
            lambda tx: stream_notes.delete_old_looks(tx.connection, before, _ROWS)
        )

    def delete_workers(self, now: datetime) -> int:
        """Delete all presence rows that were last written longer than `presence_seconds` ago."""
        before = now - timedelta(seconds=self._periods.presence_seconds)
        return self._in_transaction(lambda tx: len(presence.forget(tx.connection, before)))

    def delete_audit_entries(self, now: datetime) -> int:
        """Delete one batch of entries of the audit log older than `audit_seconds`."""
        before = now - timedelta(seconds=self._periods.audit_seconds)
        return self._in_transaction(lambda tx: audit.delete_old(tx.connection, before, _ROWS))

    @retried
    def _in_transaction(self, delete: Callable[[Transaction], int]) -> int:
        with self._database.transaction() as tx:
            return delete(tx)
