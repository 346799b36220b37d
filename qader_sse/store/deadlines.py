"""Challenges by time: those whose deadline comes next."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select

from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.models import Challenge

# Every worker sends this each second, and streams wait for it.
_NEXT_DUE = CompiledStatement(
    select(Challenge.id, Challenge.due_at)
    .where(Challenge.due_at.is_not(None))
    .order_by(Challenge.due_at, Challenge.id)
    .limit(bindparam("most", type_=Integer))
)


def next_due(
    connection: Connection, limit: int, passing_over: Collection[int]
) -> list[tuple[int, datetime]]:
    """Return the ids and deadlines, passed or not, of challenges: the earliest deadline first."""
    passed_over = set(passing_over)
    rows = _NEXT_DUE.run(connection, {"most": limit + len(passed_over)})
    return [(one, due_at) for one, due_at in rows if one not in passed_over][:limit]
