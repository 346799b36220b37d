"""Lists the challenges of one user, a page at a time."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select
from sqlalchemy.orm import aliased

from qader_sse.domain import usernames
from qader_sse.domain.challenge import Challenge
from qader_sse.store import blocks, models
from qader_sse.store.challenges import WITH_ATTEMPTS, from_rows


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list of challenges; None leaves a filter out."""

    status: str | None = None
    challenge_type: str | None = None
    opponent_username: str | None = None
    is_pending_invite_for_user: bool | None = None


def page(
    connection: Connection, user_id: int, filters: Filters, offset: int, limit: int
) -> tuple[int, list[Challenge]]:
    """Return the number of challenges of this user that match, and one page of them, newest first.

    The challenges come without questions and answers.
    """
    matching = select(models.Challenge.id).where(*_conditions(user_id, filters))
    count = connection.scalar(select(func.count()).select_from(matching.subquery())) or 0
    ids = matching.order_by(models.Challenge.id.desc()).offset(offset).limit(limit).subquery()
    rows = connection.execute(
        WITH_ATTEMPTS.where(models.Challenge.id.in_(select(ids.c.id))).order_by(
            models.Challenge.id.desc(), models.Attempt.id
        )
    )
    grouped = groupby(rows, key=attrgetter("id"))
    return count, [from_rows(list(of_one)) for _, of_one in grouped]


def _conditions(user_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    challenge = models.Challenge
    conditions: list[ColumnElement[bool]] = [
        or_(
            challenge.challenger_id == user_id,
            and_(challenge.opponent_id == user_id, not_(blocks.hides_invite())),
        )
    ]
    if filters.status is not None:
        conditions.append(challenge.status == filters.status)
    if filters.challenge_type is not None:
        conditions.append(challenge.challenge_type == filters.challenge_type)
    if filters.is_pending_invite_for_user is not None:
        invited = and_(challenge.status == "pending_invite", challenge.opponent_id == user_id)
        # `opponent_id` may be null, and then the comparison and its negation are null as well.
        is_invited = func.coalesce(invited, False)
        conditions.append(is_invited if filters.is_pending_invite_for_user else not_(is_invited))
    if filters.opponent_username is not None:
        conditions.append(_played_against(user_id, filters.opponent_username))
    return conditions


def _played_against(user_id: int, username: str) -> ColumnElement[bool]:
    """Match challenges in which the other participant has this username."""
    challenge, other = models.Challenge, aliased(models.User)
    named = select(other.id).where(other.username_key == usernames.key(username))
    challenged_by = and_(challenge.challenger_id != user_id, challenge.challenger_id.in_(named))
    return or_(challenge.opponent_id.in_(named), challenged_by)
