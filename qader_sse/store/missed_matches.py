"""The matches for which somebody did not get ready."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.models import Attempt, Challenge

# The dates let an index find the few that count.
_RECENT = and_(
    or_(
        Challenge.challenger_id == bindparam("user_id"),
        Challenge.opponent_id == bindparam("user_id"),
    ),
    Challenge.created_at > bindparam("since"),
)
# Of matches alone: with a second account of one's own, a duel begins and ends in a moment.
_LAST_START = (
    select(func.max(Challenge.started_at)).where(_RECENT, Challenge.is_match).scalar_subquery()
)
# Whoever left before the start has kept the other one waiting as well. Not a join, which SQLite
# would begin with all attempts of this user.
_WAS_NOT_READY = exists().where(
    Attempt.challenge_id == Challenge.id,
    Attempt.user_id == bindparam("user_id"),
    ~Attempt.is_ready,
    or_(Challenge.status == "expired", Attempt.has_left),
)
_MISSED = (
    select(Challenge.ended_at)
    .where(
        _RECENT,
        Challenge.is_match,
        _WAS_NOT_READY,
        Challenge.ended_at > func.coalesce(_LAST_START, bindparam("since", type_=UtcDateTime)),
    )
    .order_by(Challenge.ended_at)
)


def of(connection: Connection, user_id: int, since: datetime) -> list[datetime]:
    """Return when the matches ended that this user has missed, the first one first.

    Those are left out that were created before `since`, and those before the last match that has
    begun for this user.
    """
    return list(connection.scalars(_MISSED, {"user_id": user_id, "since": since}))
