"""Ending a challenge before its time, as operators do: by an end that clients know already."""

from dataclasses import replace
from datetime import datetime

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import AlreadyOver


def end(challenge: Challenge, now: datetime) -> Challenge:
    """End a challenge as if its time had run out at this moment. Raises AlreadyOver."""
    if challenge.due_at is None:
        raise AlreadyOver(challenge.status)
    if challenge.is_overdue(now):
        return rules.expire(challenge, now)
    at = challenge.not_before(now)
    return rules.expire(replace(challenge, due_at=at), at)


def withdraw(challenge: Challenge, user_id: int, now: datetime) -> Challenge:
    """End whatever a participant has begun, as they could themselves; what is over stays as it is."""
    if challenge.due_at is None:
        return challenge
    if challenge.is_overdue(now):
        return end(challenge, now)
    if challenge.is_playing:
        return rules.leave(challenge, user_id, now)
    if user_id == challenge.challenger.id:
        return rules.cancel(challenge, user_id, now)
    return rules.decline(challenge, user_id, now)
