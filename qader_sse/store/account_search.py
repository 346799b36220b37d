"""Finds accounts for operators, who know a part of a name or of an e-mail address."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from qader_sse.domain import usernames
from qader_sse.store.models import MAX_ID, User
from qader_sse.store.session_models import LoginSession

_LAST_SESSION = (
    select(func.max(LoginSession.created_at))
    .where(LoginSession.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """What operators see of an account in a list; the last session is the last that is still kept."""

    id: int
    username: str
    full_name: str
    preferred_name: str | None
    email: str | None
    grade: str | None
    created_at: datetime
    disabled_at: datetime | None
    last_session_at: datetime | None


def find(connection: Connection, text: str, limit: int) -> list[FoundAccount]:
    """Return the accounts with this id, or this text in their names or e-mail, by username."""
    rows = connection.execute(
        select(
            User.id,
            User.username,
            User.full_name,
            User.preferred_name,
            User.email,
            User.grade,
            User.created_at,
            User.disabled_at,
            _LAST_SESSION,
        )
        .where(_fits(text))
        .order_by(User.username_key)
        .limit(limit)
    )
    return [FoundAccount(*row) for row in rows]


def _fits(text: str) -> ColumnElement[bool]:
    columns = (User.full_name, User.preferred_name, User.email)
    conditions = [
        User.username_key.contains(usernames.key(text), autoescape=True),
        *(func.lower(one).contains(text.lower(), autoescape=True) for one in columns),
    ]
    # By its length first: Python reads no number of thousands of digits.
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    if is_number and int(text) <= MAX_ID:
        conditions.append(User.id == int(text))
    return or_(*conditions)
