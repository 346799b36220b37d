"""Invites by link: a pending invite without an opponent, which is accepted by whoever has its link."""

from datetime import datetime

from qader_sse.domain import rules
from qader_sse.domain.challenge import Challenge, Player
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import LinkNotValid, LinkOfOneself, LinkUsed


def require_open(challenge: Challenge, now: datetime) -> None:
    """Refuse a link whose invite somebody has accepted, or which is over."""
    if challenge.opponent is not None:
        raise LinkUsed
    if challenge.status != "pending_invite" or challenge.is_overdue(now):
        raise LinkNotValid


def join(challenge: Challenge, guest: Player, now: datetime, limits: TimeLimits) -> Challenge:
    """Make the guest the opponent, who accepts; by the same guest again, it changes nothing."""
    if guest.id == challenge.challenger.id:
        raise LinkOfOneself
    if challenge.attempt_of(guest.id) is not None:
        return challenge
    require_open(challenge, now)
    return rules.accept(challenge.with_opponent(guest), guest.id, now, limits)
