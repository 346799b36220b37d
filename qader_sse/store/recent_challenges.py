"""Reads the latest challenges of some people, from which the limits of duels are counted."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from qader_sse.domain.duel_limits import RecentChallenge
from qader_sse.store import one_or_two
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.models import Challenge, User

_RECENT = CompiledStatement(
    select(
        Challenge.challenge_type,
        Challenge.status,
        Challenge.challenger_id,
        Challenge.opponent_id,
        Challenge.created_at,
        Challenge.accepted_at,
        Challenge.started_at,
    ).where(
        or_(one_or_two.is_of(Challenge.challenger_id), one_or_two.is_of(Challenge.opponent_id)),
        Challenge.created_at > bindparam("since"),
    )
)
_NEW_ACCOUNTS = CompiledStatement(
    select(User.id).where(one_or_two.is_of(User.id), User.created_at > bindparam("since"))
)


def of(connection: Connection, user_ids: Collection[int], since: datetime) -> list[RecentChallenge]:
    """Return the challenges of one or two users that were created since a time."""
    rows = _RECENT.run(connection, {**one_or_two.ids(user_ids), "since": since})
    return [RecentChallenge(*row) for row in rows]


def new_accounts(connection: Connection, user_ids: Collection[int], since: datetime) -> set[int]:
    """Return those of one or two users whose accounts were created since a time."""
    rows = _NEW_ACCOUNTS.run(connection, {**one_or_two.ids(user_ids), "since": since})
    return {user_id for (user_id,) in rows}
