"""Reads the latest challenges of some people, from which the limits of duels are counted."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from qader_sse.domain.duel_limits import RecentChallenge
from qader_sse.store.models import Challenge, User

_RECENT = select(
    Challenge.challenge_type,
    Challenge.status,
    Challenge.challenger_id,
    Challenge.opponent_id,
    Challenge.created_at,
    Challenge.accepted_at,
    Challenge.started_at,
).where(
    or_(
        Challenge.challenger_id.in_(bindparam("user_ids", expanding=True)),
        Challenge.opponent_id.in_(bindparam("user_ids", expanding=True)),
    ),
    Challenge.created_at > bindparam("since"),
)
_NEW_ACCOUNTS = select(User.id).where(
    User.id.in_(bindparam("user_ids", expanding=True)), User.created_at > bindparam("since")
)


def of(connection: Connection, user_ids: Collection[int], since: datetime) -> list[RecentChallenge]:
    """Return the challenges of any of these users that were created since a time."""
    rows = connection.execute(_RECENT, {"user_ids": list(user_ids), "since": since})
    return [RecentChallenge(*row) for row in rows]


def new_accounts(connection: Connection, user_ids: Collection[int], since: datetime) -> set[int]:
    """Return those of these users whose accounts were created since a time."""
    return set(connection.scalars(_NEW_ACCOUNTS, {"user_ids": list(user_ids), "since": since}))
