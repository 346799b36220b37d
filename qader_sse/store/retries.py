"""Which request created what: so that a retry, from a phone that heard no answer, creates nothing more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from qader_sse.store.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Made:
    """What a key was first used for, and the challenge that came of it."""

    request: str
    challenge_id: int


def find(session: Session, user_id: int, key: str) -> Made | None:
    row = session.get(IdempotencyKey, (user_id, key))
    return None if row is None else Made(row.request, row.challenge_id)


def remember(session: Session, user_id: int, key: str, made: Made, now: datetime) -> None:
    session.execute(
        insert(IdempotencyKey).values(
            user_id=user_id,
            key=key,
            request=made.request,
            challenge_id=made.challenge_id,
            created_at=now,
        )
    )


def forget(session: Session, before: datetime) -> None:
    """Delete the keys that were used before then."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
