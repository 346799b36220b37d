"""Lists the challenges of one user, a page at a time."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    false,
    func,
    not_,
    select,
    union_all,
)

from qader_sse.domain import usernames
from qader_sse.domain.challenge import Challenge
from qader_sse.store import blocks, models
from qader_sse.store.challenges import WITH_ATTEMPTS, from_rows
from qader_sse.store.compiled_statement import written_out

_CHALLENGE = models.Challenge
_PENDING = written_out(["pending_invite"])
_NEWEST_FIRST = (_CHALLENGE.created_at.desc(), _CHALLENGE.id.desc())
_NAMED = (
    select(models.User.id)
    .where(models.User.username_key == bindparam("opponent_key"))
    .scalar_subquery()
)

Half = Select[int, Any]


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
    count, one_page = _statements(
        by_status=filters.status is not None,
        by_type=filters.challenge_type is not None,
        by_opponent=filters.opponent_username is not None,
        is_invite=filters.is_pending_invite_for_user,
    )
    wanted = {
        "user_id": user_id,
        "status": filters.status,
        "challenge_type": filters.challenge_type,
        "opponent_key": usernames.key(filters.opponent_username or ""),
    }
    bounds = {"up_to": offset + limit, "offset": offset, "limit": limit}
    total = connection.scalar(count, wanted) or 0
    grouped = groupby(connection.execute(one_page, wanted | bounds), key=attrgetter("id"))
    return total, [from_rows(list(of_one)) for _, of_one in grouped]


@cache
def _statements(
    *, by_status: bool, by_type: bool, by_opponent: bool, is_invite: bool | None
) -> tuple[Select[int], Select[*tuple[Any, ...]]]:
    """Return what counts the challenges that match these filters, and what reads a page of them.

    Both are in halves, one for each role of the user. By `OR`, a database would read and sort all
    that the user ever played; a half is read from its newest end, and no further than the page.
    """
    user = bindparam("user_id", type_=Integer)
    conditions: list[ColumnElement[bool]] = []
    if by_status:
        # Written into the text, see `written_out`; there are few.
        conditions.append(_CHALLENGE.status == bindparam("status", literal_execute=True))
    if by_type:
        conditions.append(_CHALLENGE.challenge_type == bindparam("challenge_type"))
    challenged = [_CHALLENGE.challenger_id == user, *conditions]
    invited = [_CHALLENGE.opponent_id == user, not_(blocks.hides_invite()), *conditions]
    if by_opponent:
        challenged.append(_CHALLENGE.opponent_id == _NAMED)
        invited.append(_CHALLENGE.challenger_id == _NAMED)
    if is_invite is True:
        challenged.append(false())
        invited.append(_CHALLENGE.status.in_(_PENDING))
    elif is_invite is False:
        invited.append(_CHALLENGE.status.not_in(_PENDING))
    halves = [
        select(_CHALLENGE.id, _CHALLENGE.created_at).where(*half) for half in (challenged, invited)
    ]
    return _count(halves), _page(halves)


def _count(halves: list[Half]) -> Select[int]:
    first, second = (
        select(func.count()).select_from(half.subquery()).scalar_subquery() for half in halves
    )
    return select(first + second)


def _page(halves: list[Half]) -> Select[*tuple[Any, ...]]:
    up_to = bindparam("up_to", type_=Integer)
    newest = [half.order_by(*_NEWEST_FIRST).limit(up_to).subquery() for half in halves]
    both = union_all(*(select(half) for half in newest)).subquery()
    ids = (
        select(both.c.id)
        .order_by(both.c.created_at.desc(), both.c.id.desc())
        .offset(bindparam("offset", type_=Integer))
        .limit(bindparam("limit", type_=Integer))
    )
    return WITH_ATTEMPTS.where(_CHALLENGE.id.in_(ids)).order_by(*_NEWEST_FIRST, models.Attempt.id)
