"""How much of the limits of invites and duels somebody has used, for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qader_sse.domain import duel_limits
from qader_sse.domain.duel_limits import DAY, DuelLimits, RecentChallenge


@dataclass(frozen=True, slots=True)
class Used:
    """One limit by the name of its setting: how many of how many."""

    setting: str
    used: int
    most: int


def used(
    recent: Sequence[RecentChallenge],
    limits: DuelLimits,
    user_id: int,
    now: datetime,
    *,
    is_new: bool,
) -> list[Used]:
    """Count what `duel_limits` counts of one person, whatever the type and the opponent."""
    invites = [
        c
        for c in recent
        if c.challenger_id == user_id and c.opponent_id is not None and c.accepted_at is None
    ]
    today = [c for c in invites if c.created_at > now - DAY]
    waiting = [c for c in recent if c.opponent_id == user_id and c.status == "pending_invite"]
    shown = duel_limits.shown_to(recent, user_id, now)
    questions = duel_limits.number_of_questions(c.challenge_type for c in shown)
    most_questions = (
        ("NEW_ACCOUNT_QUESTIONS_PER_HOUR", limits.new_account_questions_per_hour)
        if is_new
        else ("QUESTIONS_PER_HOUR", limits.questions_per_hour)
    )
    return [
        Used("MAX_INVITES_PER_DAY", len(today), limits.invites_per_day),
        Used("MAX_PENDING_INVITES", len(waiting), limits.pending_invites),
        Used(most_questions[0], questions, most_questions[1]),
    ]
