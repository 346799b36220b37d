"""Which request created what: so that a retry, from a phone that heard no answer, creates nothing more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from qader_sse.store.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Made:
    """What a key was first used for, and the challenge that came of it."""

    request: str
    challenge_id: int


def find(connection: Connection, user_id: int, key: str) -> Made | None:
    row = connection.execute(
        select(IdempotencyKey.request, IdempotencyKey.challenge_id).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
        )
    ).first()
    return None if row is None else Made(row.request, row.challenge_id)


def remember(connection: Connection, user_id: int, key: str, made: Made, now: datetime) -> None:
    connection.execute(
        insert(IdempotencyKey).values(
            user_id=user_id,
            key=key,
            request=made.request,
            challenge_id=made.challenge_id,
            created_at=now,
        )
    )


def forget(connection: Connection, before: datetime) -> None:
    """Delete the keys that were used before then."""
    connection.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
