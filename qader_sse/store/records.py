"""How the duels of two people with each other have ended."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from qader_sse.store.compiled_statement import written_out
from qader_sse.store.models import Challenge

# The status is a literal, so that the partial index matches. It holds all that is read here: of two
# who have played for years, no row of a challenge is looked at.
(_COMPLETED,) = written_out(["completed"])
_BY_WINNER = (
    select(Challenge.winner_id, func.count())
    .where(
        Challenge.status == _COMPLETED,
        Challenge.challenger_id.in_(bindparam("challengers", expanding=True)),
        Challenge.opponent_id.in_(bindparam("opponents", expanding=True)),
    )
    .group_by(Challenge.winner_id)
)


@dataclass(frozen=True, slots=True)
class Record:
    """The duels of one person with another, as the first one counts them."""

    wins: int
    losses: int
    draws: int


def between(connection: Connection, user_id: int, other_id: int) -> Record:
    pair = [user_id, other_id]
    rows = connection.execute(_BY_WINNER, {"challengers": pair, "opponents": pair})
    counts = {row[0]: row[1] for row in rows}
    return Record(counts.get(user_id, 0), counts.get(other_id, 0), counts.get(None, 0))
