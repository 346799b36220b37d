"""Stream tickets: each opens one named stream once, for clients that send neither cookie nor header."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert

from qader_sse.store import secret_tokens
from qader_sse.store.oldest_rows import OldestRows
from qader_sse.store.session_models import StreamTicket

_EXPIRED = OldestRows(
    StreamTicket, StreamTicket.expires_at <= bindparam("now"), StreamTicket.expires_at
)


def create(connection: Connection, session_id: str, stream: str, expires_at: datetime) -> str:
    """Store a ticket of this session; return its secret, of which the hash alone is stored."""
    ticket = secret_tokens.new()
    row = {"id": secret_tokens.hashed(ticket), "session_id": session_id, "stream": stream}
    connection.execute(insert(StreamTicket).values(expires_at=expires_at, **row))
    return ticket


def take(connection: Connection, ticket: str, stream: str, now: datetime) -> str | None:
    """Delete a ticket for this stream, and return its session's id; None if there is no such ticket.

    Of two workers that take the same ticket at once, one deletes the row and the other finds none.
    """
    taken = (
        delete(StreamTicket)
        .where(
            StreamTicket.id == secret_tokens.hashed(ticket),
            StreamTicket.stream == stream,
            StreamTicket.expires_at > now,
        )
        .returning(StreamTicket.session_id)
    )
    return connection.scalar(taken)


def delete_expired(connection: Connection, now: datetime, limit: int) -> int:
    """Delete up to `limit` tickets that nobody used in time; return how many."""
    return _EXPIRED.delete(connection, limit, now=now)
