"""Login sessions: rows that are found by the hash of the token in the browser's cookie."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from qader_sse.domain.events import Draft, sessions_topic
from qader_sse.store import secret_tokens
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.database import Transaction
from qader_sse.store.dialect import upsert
from qader_sse.store.models import User
from qader_sse.store.session_models import LoginSession

EndReason = Literal["signed_out", "password_changed", "disabled"]

# Of a person who signs in again and again, only the newest sessions are listed.
_MAX_LISTED = 100

_SIGNED_IN = CompiledStatement(
    select(LoginSession.user_id, LoginSession.created_at, LoginSession.expires_at)
    .join(User, LoginSession.user_id == User.id)
    .where(
        LoginSession.id == bindparam("session_id"),
        LoginSession.created_at > bindparam("opened_after"),
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at.is_(None) | (LoginSession.expires_at > bindparam("now")),
        User.disabled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """A session that has not ended, by what never changes of it."""

    user_id: int
    opened_at: datetime
    expires_at: datetime | None  # see `LoginSession`


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner may see it. The id is the hash of its token, and no secret."""

    id: str
    opened_at: datetime
    device: str | None


def open_new(
    connection: Connection,
    user_id: int,
    now: datetime,
    device: str | None = None,
    refresh_id: str | None = None,
) -> str:
    """Open a session, with the id of its first refresh token if it is to have any.

    Returns the session's token, which is known now and never again.
    """
    token = secret_tokens.new()
    row = {"id": secret_tokens.hashed(token), "user_id": user_id, "device": device}
    if refresh_id is not None:
        row |= {"refresh_id": refresh_id, "refreshed_at": now}
    connection.execute(insert(LoginSession).values(created_at=now, **row))
    return token


def open_for_token(
    connection: Connection,
    session_id: str,
    user_id: int,
    now: datetime,
    expires_at: datetime,
    device: str | None,
) -> None:
    """Open the session of a Django deployment's token, unless it has one, which may have ended."""
    row = {"id": session_id, "user_id": user_id, "device": device, "expires_at": expires_at}
    statement = upsert(connection.dialect.name, LoginSession).on_conflict_do_nothing()
    connection.execute(statement.values(created_at=now, **row))


def exists(connection: Connection, session_id: str) -> bool:
    """Return whether there is such a session, be it open or not."""
    found = select(LoginSession.id).where(LoginSession.id == session_id)
    return connection.scalar(found) is not None


def open_of(
    connection: Connection, user_id: int, now: datetime, opened_after: datetime
) -> list[OpenSession]:
    """Return the newest sessions of a user that were opened after a time and have not ended."""
    rows = connection.execute(
        select(LoginSession.id, LoginSession.created_at, LoginSession.device)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.created_at > opened_after,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at.is_(None) | (LoginSession.expires_at > now),
        )
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
        .limit(_MAX_LISTED)
    )
    return [OpenSession(*row) for row in rows]


def end(tx: Transaction, reason: EndReason, now: datetime, session_id: str) -> bool:
    """End one session; return whether it was open."""
    return _end(tx, reason, now, LoginSession.id == session_id) > 0


def end_own(tx: Transaction, now: datetime, session_id: str, user_id: int) -> bool:
    """End one session if it is this user's; return whether it was, and was open."""
    own = (LoginSession.id == session_id) & (LoginSession.user_id == user_id)
    return _end(tx, "signed_out", now, own) > 0


def end_others(
    tx: Transaction, reason: EndReason, now: datetime, user_id: int, kept_id: str
) -> int:
    """End all sessions of a user but one; return how many were open."""
    others = (LoginSession.user_id == user_id) & (LoginSession.id != kept_id)
    return _end(tx, reason, now, others)


def end_all(tx: Transaction, reason: EndReason, now: datetime, user_id: int) -> int:
    """End all sessions of a user; return how many were open."""
    return _end(tx, reason, now, LoginSession.user_id == user_id)


def signed_in(
    connection: Connection, session_id: str, now: datetime, opened_after: datetime
) -> Found | None:
    """Return a session.

    Returns None if there is no such session, it was not opened after `opened_after`, it has ended,
    its token has run out, or its account is disabled.
    """
    values = {"session_id": session_id, "now": now, "opened_after": opened_after}
    rows = _SIGNED_IN.run(connection, values)
    return Found(*rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class RefreshIds:
    """The ids of a session's newest refresh token and of the one before it."""

    newest: str | None
    previous: str | None
    changed_at: datetime


def lock_refresh_ids(connection: Connection, session_id: str) -> RefreshIds | None:
    """Return them, None for a session without tokens. The row stays locked until the commit."""
    row = connection.execute(
        select(LoginSession.refresh_id, LoginSession.previous_refresh_id, LoginSession.refreshed_at)
        .where(LoginSession.id == session_id, LoginSession.refreshed_at.is_not(None))
        .with_for_update()
    ).first()
    return None if row is None or row[2] is None else RefreshIds(row[0], row[1], row[2])


def set_refresh_id(
    connection: Connection, session_id: str, newest: str, previous: str | None, now: datetime
) -> None:
    connection.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id)
        .values(refresh_id=newest, previous_refresh_id=previous, refreshed_at=now)
    )


def _end(tx: Transaction, reason: EndReason, now: datetime, chosen: ColumnElement[bool]) -> int:
    """End sessions. Each end is an event, on which every worker closes the streams of that session."""
    ended = tx.connection.scalars(
        update(LoginSession)
        .where(chosen, LoginSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
        .returning(LoginSession.id)
    )
    facts = [{"session_id": session_id, "reason": reason} for session_id in ended]
    tx.append([Draft(sessions_topic(), "session.ended", fact) for fact in facts], now)
    return len(facts)
