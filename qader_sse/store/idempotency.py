"""Idempotency keys: which request created which challenge, so that a repeat creates nothing more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from qader_sse.extensions import Base
from qader_sse.store.column_types import UtcDateTime
from qader_sse.store.oldest_rows import OldestRows


class IdempotencyKey(Base):
    """The key of a request that created a challenge."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request: Mapped[str] = mapped_column(String(500))
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenges.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


_OLD = OldestRows(
    IdempotencyKey, IdempotencyKey.created_at < bindparam("before"), IdempotencyKey.created_at
)


@dataclass(frozen=True, slots=True)
class FirstRequest:
    """The request that a key was first used for, and the challenge it created."""

    request: str
    challenge_id: int


def find(connection: Connection, user_id: int, key: str) -> FirstRequest | None:
    row = connection.execute(
        select(IdempotencyKey.request, IdempotencyKey.challenge_id).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
        )
    ).first()
    return None if row is None else FirstRequest(row.request, row.challenge_id)


def remember(
    connection: Connection, user_id: int, key: str, first: FirstRequest, now: datetime
) -> None:
    connection.execute(
        insert(IdempotencyKey).values(
            user_id=user_id,
            key=key,
            request=first.request,
            challenge_id=first.challenge_id,
            created_at=now,
        )
    )


def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Delete keys that were first used before this time, up to a limit; return how many."""
    return _OLD.delete(connection, limit, before=before)
