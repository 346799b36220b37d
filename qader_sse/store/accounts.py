"""Accounts and the sessions they are signed in with."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qader_sse.domain import usernames
from qader_sse.domain.challenge import Player
from qader_sse.domain.events import Draft, sessions_topic
from qader_sse.store.models import LoginSession, User
from qader_sse.store.tx import Transaction

EndReason = Literal["signed_out", "disabled"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says of themself when they register."""

    username: str
    full_name: str
    email: str | None = None
    preferred_name: str | None = None
    grade: str | None = None


def player(user: User) -> Player:
    return Player(
        id=user.id,
        username=user.username,
        full_name=user.full_name,
        preferred_name=user.preferred_name,
        grade=user.grade,
        profile_picture_url=user.profile_picture_url,
    )


def by_username(session: Session, username: str) -> User | None:
    return session.scalar(select(User).where(User.username_key == usernames.key(username)))


def by_id(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def insert_missing(
    session: Session, profiles: Iterable[Profile], password_hash: str, now: datetime
) -> list[str]:
    """Create the accounts whose names are free, in one statement; return the names created."""
    rows = [
        {
            "username": profile.username,
            "username_key": usernames.key(profile.username),
            "password_hash": password_hash,
            "email": profile.email,
            "full_name": profile.full_name,
            "preferred_name": profile.preferred_name,
            "grade": profile.grade,
            "created_at": now,
        }
        for profile in profiles
    ]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(User).on_conflict_do_nothing().returning(User.username)
    return list(session.scalars(statement, rows))


def set_disabled(session: Session, user_id: int, disabled_at: datetime | None) -> None:
    session.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


def open_session(session: Session, user_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.execute(insert(LoginSession).values(token=token, user_id=user_id, created_at=now))
    return token


def end_sessions(
    tx: Transaction,
    reason: EndReason,
    now: datetime,
    *,
    token: str | None = None,
    user_id: int | None = None,
) -> None:
    """End one session, or all of a person's. Each worker ends the streams that hang on them."""
    whose = LoginSession.token == token if token else LoginSession.user_id == user_id
    ended = tx.session.scalars(
        update(LoginSession)
        .where(whose, LoginSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
        .returning(LoginSession.token)
    )
    facts = [{"token": token, "reason": reason} for token in ended]
    tx.append([Draft(sessions_topic(), "session.ended", fact) for fact in facts], now)


def signed_in(session: Session, token: str) -> User | None:
    """Return the account behind an open session of an enabled account."""
    return session.scalar(
        select(User)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.token == token,
            LoginSession.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
