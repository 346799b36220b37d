"""Challenges by time: those whose deadline comes next."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select

from qader_sse.store.models import Challenge

# Built once: every worker sends this each second, and streams wait while it is built.
_NEXT_DUE = (
    select(Challenge.id, Challenge.due_at)
    .where(
        Challenge.due_at.is_not(None),
        Challenge.id.not_in(bindparam("passing_over", expanding=True)),
    )
    .order_by(Challenge.due_at, Challenge.id)
    .limit(bindparam("most", type_=Integer))
)


def next_due(
    connection: Connection, limit: int, passing_over: Collection[int]
) -> list[tuple[int, datetime]]:
    """Return the ids and deadlines, passed or not, of challenges: the earliest deadline first."""
    given = {"passing_over": list(passing_over), "most": limit}
    return [(row.id, row.due_at) for row in connection.execute(_NEXT_DUE, given)]
