"""Whom somebody has last agreed to play with: matchmaking pairs two of them again last."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, select, union_all
from sqlalchemy.orm import aliased

from qader_sse.store.models import Challenge


def of(user_id: Any) -> ScalarSelect[int]:
    """Select the other one of the last accepted challenge of a user."""
    # In halves, each of which is one look into an index: by `OR`, all challenges of the user are read.
    halves = union_all(
        _last_agreed(user_id, "challenger_id", "opponent_id"),
        _last_agreed(user_id, "opponent_id", "challenger_id"),
    ).subquery()
    return (
        select(halves.c.other_id)
        .order_by(halves.c.accepted_at.desc(), halves.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _last_agreed(user_id: Any, role: str, other: str) -> Select[Any]:
    """Select the last accepted challenge in which a user has one of the two roles."""
    agreed = aliased(Challenge)
    last = (
        select(getattr(agreed, other).label("other_id"), agreed.accepted_at, agreed.id)
        .where(getattr(agreed, role) == user_id, agreed.accepted_at.is_not(None))
        .order_by(agreed.accepted_at.desc(), agreed.id.desc())
        .limit(1)
        .correlate(Challenge)
        .subquery()
    )
    return select(last)
