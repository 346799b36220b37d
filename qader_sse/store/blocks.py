"""Who has blocked whom. Whoever is blocked learns nothing of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from qader_sse.domain.challenge import Player
from qader_sse.extensions import Base
from qader_sse.store.accounts import PLAYER
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.compiled_statement import CompiledStatement, written_out
from qader_sse.store.dialect import upsert
from qader_sse.store.models import Challenge, User


class Block(Base):
    """One person has blocked another. It goes with either of the two accounts."""

    __tablename__ = "blocks"

    blocker_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    blocked_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_BLOCKED_BY = select(Block.blocked_id).where(Block.blocker_id == bindparam("blocker_id"))
_ONE = CompiledStatement(_BLOCKED_BY.where(Block.blocked_id == bindparam("blocked_id")))
_COUNT = select(func.count()).select_from(_BLOCKED_BY.subquery())
_OPEN_INVITES = select(Challenge.id).where(
    Challenge.status.in_(written_out(["pending_invite"])),
    Challenge.challenger_id == bindparam("challenger_id"),
    Challenge.opponent_id == bindparam("opponent_id"),
)


def kept_apart(user_id: Any) -> tuple[Select[int], Select[int]]:
    """Select whom a user has blocked, and who has blocked them."""
    return (
        select(Block.blocked_id).where(Block.blocker_id == user_id),
        select(Block.blocker_id).where(Block.blocked_id == user_id),
    )


_OF_EITHER = union_all(*kept_apart(bindparam("user_id")))


def add(connection: Connection, blocker_id: int, blocked_id: int, now: datetime) -> None:
    row = {"blocker_id": blocker_id, "blocked_id": blocked_id, "created_at": now}
    connection.execute(upsert(connection.dialect.name, Block).values(row).on_conflict_do_nothing())


def remove(connection: Connection, blocker_id: int, blocked_id: int) -> None:
    one = (Block.blocker_id == blocker_id, Block.blocked_id == blocked_id)
    connection.execute(delete(Block).where(*one))


def has_blocked(connection: Connection, blocker_id: int, blocked_id: int) -> bool:
    both = {"blocker_id": blocker_id, "blocked_id": blocked_id}
    return bool(_ONE.run(connection, both))


def count(connection: Connection, blocker_id: int) -> int:
    return connection.scalar(_COUNT, {"blocker_id": blocker_id}) or 0


def blocked_players(connection: Connection, blocker_id: int) -> list[Player]:
    """Return whom somebody has blocked, sorted by username."""
    rows = connection.execute(
        select(*PLAYER).where(User.id.in_(_BLOCKED_BY)).order_by(User.username_key),
        {"blocker_id": blocker_id},
    )
    return [Player(*row) for row in rows]


def of_either(connection: Connection, user_id: int) -> set[int]:
    """Return whom somebody has blocked, and who has blocked them."""
    return set(connection.scalars(_OF_EITHER, {"user_id": user_id}))


def open_invites(connection: Connection, challenger_id: int, opponent_id: int) -> list[int]:
    """Return the pending invites from one person to another."""
    both = {"challenger_id": challenger_id, "opponent_id": opponent_id}
    return list(connection.scalars(_OPEN_INVITES, both))


def hides_invite() -> ColumnElement[bool]:
    """Match challenges that the invited one does not see: they never accepted, and block the sender."""
    one = aliased(Block)
    return and_(
        Challenge.opponent_id.is_not(None),
        Challenge.accepted_at.is_(None),
        exists().where(
            one.blocker_id == Challenge.opponent_id, one.blocked_id == Challenge.challenger_id
        ),
    )
