"""How many invites and duels people may have: what a person's latest challenges leave room for.

All functions are pure: they get the latest challenges of the people concerned, and raise the
violation, with the time after which there is room again, or return.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.payloads import Status
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import (
    LimitReached,
    OpponentPlayedTooMuch,
    PlayedTooMuch,
    PlayedTooMuchTogether,
    ReceiverHasManyInvites,
    TooManyInvites,
    UnansweredInvites,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DuelLimits:
    """The limits of `qader_sse.limits.settings` that concern challenges."""

    invites_per_day: int
    invites_to_one_per_day: int
    pending_invites_from_one: int
    pending_invites: int
    duels_with_same_person_per_day: int
    questions_per_hour: int
    new_account_questions_per_hour: int
    new_account_seconds: float


@dataclass(frozen=True, slots=True)
class RecentChallenge:
    challenge_type: str
    status: Status
    challenger_id: int
    opponent_id: int | None
    created_at: datetime
    accepted_at: datetime | None
    started_at: datetime | None

    @property
    def players(self) -> set[int | None]:
        return {self.challenger_id, self.opponent_id}

    @property
    def is_accepted(self) -> bool:
        """Whether it is to start: then its questions count as shown already."""
        return self.status == "accepted"

    @property
    def counted_from(self) -> datetime:
        return self.started_at or self.accepted_at or self.created_at

    def was_shown_since(self, since: datetime) -> bool:
        return self.is_accepted or (self.started_at is not None and self.started_at > since)


def reach(times: TimeLimits) -> timedelta:
    """Return how long ago a challenge that counts may have been created.

    A duel of today may have waited so long before, to be accepted and then to start.
    """
    return DAY + timedelta(seconds=times.invite_seconds + times.start_seconds)


def require_invite(
    recent: Iterable[RecentChallenge],
    limits: DuelLimits,
    sender_id: int,
    receiver_id: int,
    now: datetime,
) -> None:
    """Refuse an invite that is too much for its sender, or for its receiver.

    What waits for the receiver counts by sender too, so that one person cannot fill it up. Whoever
    has just played with the receiver passes the bound of all senders together.
    """
    sent = [
        c
        for c in recent
        if c.challenger_id == sender_id and c.opponent_id is not None and c.accepted_at is None
    ]
    to_receiver = [c for c in sent if c.opponent_id == receiver_id]
    today = [c for c in sent if c.created_at > now - DAY]
    _require_room(today, limits.invites_per_day, DAY, now, TooManyInvites)
    today = [c for c in to_receiver if c.created_at > now - DAY]
    _require_room(today, limits.invites_to_one_per_day, DAY, now, UnansweredInvites)
    pending = [c for c in to_receiver if c.status == "pending_invite"]
    _require_room(pending, limits.pending_invites_from_one, DAY, now, UnansweredInvites)
    waiting = [c for c in recent if c.opponent_id == receiver_id and c.status == "pending_invite"]
    have_played = any(c.accepted_at and c.players == {sender_id, receiver_id} for c in recent)
    if not have_played:
        _require_room(waiting, limits.pending_invites, DAY, now, ReceiverHasManyInvites)


def require_not_too_often(
    recent: Iterable[RecentChallenge], limits: DuelLimits, pair: set[int], now: datetime
) -> None:
    """Refuse another duel of two people who had many with each other within a day."""
    together = [c for c in recent if c.players == pair and c.was_shown_since(now - DAY)]
    _require_room(together, limits.duels_with_same_person_per_day, DAY, now, PlayedTooMuchTogether)


def require_questions_left(
    recent: Iterable[RecentChallenge],
    challenge_type: str,
    most: Mapping[int, int],
    acting_id: int,
    now: datetime,
) -> None:
    """Refuse a challenge whose questions are more than a player may still be shown in this hour.

    `most` is how many each player may be shown in an hour.
    """
    for user_id, count in most.items():
        left = count - number_of_questions([challenge_type])
        shown = shown_to(recent, user_id, now)
        excess = number_of_questions(c.challenge_type for c in shown) - left
        for challenge in shown:
            if excess <= 0:
                break
            excess -= number_of_questions([challenge.challenge_type])
            if excess <= 0:
                violation = PlayedTooMuch if user_id == acting_id else OpponentPlayedTooMuch
                raise violation(_seconds_until(challenge.counted_from + HOUR, now))


def shown_to(
    recent: Iterable[RecentChallenge], user_id: int, now: datetime
) -> list[RecentChallenge]:
    """Return the challenges whose questions this user was shown within an hour, the first first."""
    shown = [c for c in recent if user_id in c.players and c.was_shown_since(now - HOUR)]
    return sorted(shown, key=lambda c: c.counted_from)


def number_of_questions(challenge_types: Iterable[str]) -> int:
    return sum(CHALLENGE_TYPES[key].num_questions for key in challenge_types)


def _require_room(
    counted: Sequence[RecentChallenge],
    most: int,
    window: timedelta,
    now: datetime,
    violation: type[LimitReached],
) -> None:
    """Raise the violation if these are as many as there may be."""
    if len(counted) >= most:
        leaving = sorted(c.counted_from for c in counted)[len(counted) - most]
        raise violation(_seconds_until(leaving + window, now))


def _seconds_until(then: datetime, now: datetime) -> float:
    return max(1.0, (then - now).total_seconds())
