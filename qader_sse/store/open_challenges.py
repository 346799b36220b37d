"""The challenges of two people with each other that are not over, and open invites by link."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from qader_sse.domain.payloads import Status
from qader_sse.store.compiled_statement import CompiledStatement, written_out
from qader_sse.store.models import Challenge

_OF_BOTH = CompiledStatement(
    select(Challenge.id, Challenge.status, Challenge.challenger_id)
    .where(
        Challenge.status.in_(written_out(("pending_invite", "accepted", "ongoing"))),
        Challenge.challenge_type == bindparam("challenge_type"),
        Challenge.due_at > bindparam("now"),
        or_(
            and_(
                Challenge.challenger_id == bindparam("first_id"),
                Challenge.opponent_id == bindparam("second_id"),
            ),
            and_(
                Challenge.challenger_id == bindparam("second_id"),
                Challenge.opponent_id == bindparam("first_id"),
            ),
        ),
        # So that an index finds them, however many challenges a person has had.
        Challenge.created_at >= bindparam("since"),
    )
    .order_by(Challenge.id)
)
_BY_LINK = (
    select(Challenge.id)
    .where(
        Challenge.challenger_id == bindparam("challenger_id"),
        Challenge.created_at >= bindparam("since"),
        Challenge.challenge_type == bindparam("challenge_type"),
        Challenge.status.in_(written_out(["pending_invite"])),
        Challenge.opponent_id.is_(None),
        Challenge.due_at > bindparam("now"),
    )
    .order_by(Challenge.id)
)


@dataclass(frozen=True, slots=True)
class OpenChallenge:
    id: int
    status: Status
    challenger_id: int


def of_both(
    connection: Connection,
    challenge_type: str,
    pair: tuple[int, int],
    since: datetime,
    now: datetime,
) -> list[OpenChallenge]:
    """Return the open challenges of two people of one type, created since a time, oldest first."""
    first_id, second_id = pair
    wanted = {"first_id": first_id, "second_id": second_id, "since": since, "now": now}
    rows = _OF_BOTH.run(connection, {"challenge_type": challenge_type, **wanted})
    return [OpenChallenge(*row) for row in rows]


def by_link(
    connection: Connection, challenger_id: int, challenge_type: str, since: datetime, now: datetime
) -> list[int]:
    """Return the ids of somebody's open invites by link of one type, created since a time."""
    wanted = {"challenger_id": challenger_id, "since": since, "now": now}
    return list(connection.scalars(_BY_LINK, {"challenge_type": challenge_type, **wanted}))
