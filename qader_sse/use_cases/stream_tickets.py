"""Issuing and redeeming stream tickets."""

from datetime import datetime, timedelta

from qader_sse.store import stream_tickets
from qader_sse.store.database import Database
from qader_sse.store.retries import retried

# Long enough for a slow phone to open its stream, too short for whoever finds the address later.
LIFETIME_SECONDS = 30


class StreamTickets:
    """A ticket belongs to a session, and opens one named stream within half a minute, once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def issue(self, session_id: str, stream: str, now: datetime) -> str:
        """Return a new ticket for a stream, as the person of this session."""
        expires_at = now + timedelta(seconds=LIFETIME_SECONDS)
        with self._database.transaction() as tx:
            return stream_tickets.create(tx.connection, session_id, stream, expires_at)

    @retried
    def redeem(self, ticket: str, stream: str, now: datetime) -> str | None:
        """Use a ticket up; return the id of its session, or None if it does not open this stream."""
        with self._database.transaction() as tx:
            return stream_tickets.take(tx.connection, ticket, stream, now)
