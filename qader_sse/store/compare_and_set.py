"""Changes rows if a topic's head is still the known one, and else changes nothing.

Every change of a challenge appends to its topic. So as long as the head is the same, the challenge is
as well, and what was decided from an earlier read still holds: no lock is needed to read it again.

On PostgreSQL it is one statement, which is a transaction by itself: one round trip, and no lock is
held between two. SQLite cannot change several tables by one statement, but its transaction waits for
nobody but the file.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Select, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from qader_sse.store import event_log_origin, row_changes
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.models import Topic
from qader_sse.store.row_changes import RowChange, Shape


class WriteTurn(NamedTuple):
    """What its turn gives a writer: a connection, and when to give up waiting for other processes."""

    connection: Connection
    give_up_at: float


def run(
    connection: Connection, topic: str, head: int, count: int, changes: Sequence[RowChange]
) -> bool:
    """Advance a topic's head by `count` and write rows, if the head is `head`; return whether it was.

    Nothing is written either if this may not be the database on which the numbers were issued, or if
    they have leapt since, see `event_log_origin`.
    """
    seen = event_log_origin.seen(connection)
    given = {"topic": topic, "known_head": head, "count": count, "started": seen.started}
    if connection.dialect.name == "sqlite":
        advanced = _ADVANCE.run(connection, given)
        if advanced:
            row_changes.write(connection, changes)
    else:
        given |= row_changes.parameters(changes)
        together = _together(tuple(change.shape for change in changes))
        advanced = together.run(connection, given)
    if not advanced:
        return False
    ((written,),) = advanced
    seen.note_written(written)
    return True


@cache
def _together(shapes: tuple[Shape, ...]) -> CompiledStatement:
    """Build one statement: the topic's head is advanced, and only if that was done, all the rest."""

    def build(dialect: str) -> Select[int]:
        advanced = _advance(dialect).cte("advanced")
        is_advanced = select(advanced.c.written).exists()
        return select(advanced.c.written).add_cte(*row_changes.parts(shapes, is_advanced))

    return CompiledStatement(build)


def _advance(dialect: str) -> ReturningUpdate[tuple[int]]:
    return (
        update(Topic)
        .where(
            Topic.name == bindparam("topic"),
            Topic.head == bindparam("known_head"),
            # A head below the base does not count: the next number is above the base.
            Topic.head >= event_log_origin.base().scalar_subquery(),
            event_log_origin.is_unchanged(dialect),
        )
        .values(head=Topic.head + bindparam("count"))
        .returning(event_log_origin.written(dialect))
    )


_ADVANCE = CompiledStatement(_advance)
