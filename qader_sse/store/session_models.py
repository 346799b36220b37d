"""The tables of signing in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.extensions import Base
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.secret_tokens import HASH_LENGTH

MAX_DEVICE = 60
MAX_STREAM_NAME = 300
MAX_DJANGO_ID = 255


class LoginSession(Base):
    """One signed-in browser. Its end is also an event, on which its streams are closed."""

    __tablename__ = "login_sessions"

    # The hash of the token in the browser's cookie: see `secret_tokens`.
    id: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    # The browser and its system in a few words, so that a person recognises it in a list.
    device: Mapped[str | None] = mapped_column(String(MAX_DEVICE))
    # The newest refresh token of this session and the one before it, by the ids that they name; no
    # secrets, since a token is signed. Null for a session without tokens.
    refresh_id: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    previous_refresh_id: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # When the Django deployment's token runs out that this session stands for; null for all others,
    # whose age alone says how long they last.
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    end_reason: Mapped[str | None] = mapped_column(String(20))


class DjangoUser(Base):
    """Which account somebody has here whom an existing Django deployment knows by its own id.

    Both number their users, so an id of theirs must never be looked up among ours.
    """

    __tablename__ = "django_users"

    django_id: Mapped[str] = mapped_column(String(MAX_DJANGO_ID), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)


class StreamTicket(Base):
    """The right to open one stream once. The row is deleted when it is used, or has expired."""

    __tablename__ = "stream_tickets"

    id: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)  # the hash of the ticket
    session_id: Mapped[str] = mapped_column(
        ForeignKey("login_sessions.id", ondelete="CASCADE"), index=True
    )
    stream: Mapped[str] = mapped_column(String(MAX_STREAM_NAME))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class PasswordReset(Base):
    """A link by which a person sets a new password. Deleted when it is used, or has expired."""

    __tablename__ = "password_resets"

    id: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)  # the hash of its secret
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
