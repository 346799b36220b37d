"""The secrets of the links by which people set a new password without the old one."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from qader_sse.store import secret_tokens
from qader_sse.store.oldest_rows import OldestRows
from qader_sse.store.session_models import PasswordReset

_EXPIRED = OldestRows(
    PasswordReset, PasswordReset.expires_at <= bindparam("now"), PasswordReset.expires_at
)


def create(connection: Connection, user_id: int, expires_at: datetime) -> str:
    """Store a link's secret by its hash, in place of earlier ones of this user; return it."""
    forget(connection, user_id)
    secret = secret_tokens.new()
    row = {"id": secret_tokens.hashed(secret), "user_id": user_id, "expires_at": expires_at}
    connection.execute(insert(PasswordReset).values(**row))
    return secret


def owner(connection: Connection, secret: str, now: datetime) -> int | None:
    """Return the id of the user whose password this secret resets, or None."""
    return connection.scalar(
        select(PasswordReset.user_id).where(
            PasswordReset.id == secret_tokens.hashed(secret), PasswordReset.expires_at > now
        )
    )


def take(connection: Connection, secret: str, now: datetime) -> int | None:
    """Use a secret up; return its user's id, or None. Of two at once, one gets None."""
    return connection.scalar(
        delete(PasswordReset)
        .where(PasswordReset.id == secret_tokens.hashed(secret), PasswordReset.expires_at > now)
        .returning(PasswordReset.user_id)
    )


def forget(connection: Connection, user_id: int) -> None:
    """Delete the links of a user, whose password was changed in another way."""
    connection.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))


def delete_expired(connection: Connection, now: datetime, limit: int) -> int:
    """Delete up to `limit` links that nobody used in time; return how many."""
    return _EXPIRED.delete(connection, limit, now=now)
