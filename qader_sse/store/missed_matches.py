"""The matches that somebody has missed: they did not get ready, or left at once."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from qader_sse.domain.match_pauses import PATIENCE
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.compiled_statement import CompiledStatement
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
# Subqueries, not a join, which SQLite would begin with all attempts of this user.
_OWN = and_(Attempt.challenge_id == Challenge.id, Attempt.user_id == bindparam("user_id"))
_WAS_READY = select(Attempt.is_ready).where(_OWN).scalar_subquery()
# Whoever left before the start has kept the other one waiting as well.
_DID_NOT_PLAY = exists().where(
    _OWN,
    or_(
        and_(Challenge.status == "expired", ~Attempt.is_ready),
        and_(Challenge.status == "cancelled", Attempt.has_left),
    ),
)
_MISSED = CompiledStatement(
    select(Challenge.accepted_at, Challenge.ended_at, _WAS_READY)
    .where(
        _RECENT,
        Challenge.is_match,
        _DID_NOT_PLAY,
        Challenge.ended_at > func.coalesce(_LAST_START, bindparam("since", type_=UtcDateTime)),
    )
    .order_by(Challenge.ended_at)
)


def of(connection: Connection, user_id: int, since: datetime) -> list[datetime]:
    """Return when the matches ended that this user has missed, the first one first.

    Those are left out that were created before `since`, and those before the last match that has
    begun for this user.
    """
    rows = _MISSED.run(connection, {"user_id": user_id, "since": since})
    return [
        ended_at
        for accepted_at, ended_at, was_ready in rows
        if not was_ready or ended_at - accepted_at < PATIENCE
    ]
