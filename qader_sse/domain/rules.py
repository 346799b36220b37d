"""The rules: each takes a challenge, a user, an action and the time, and returns the challenge after it.

The time is when the request arrived. A rule that refuses an action raises its violation. These are
all the transitions:

    pending_invite      → accepted | declined | cancelled | expired
    pending_matchmaking → accepted | cancelled | expired
    accepted            → ongoing | cancelled | expired
    ongoing             → completed
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from qader_sse.domain.challenge import PENDING, Answer, Attempt, Challenge, Player
from qader_sse.domain.payloads import Choice
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.domain.violations import (
    AcceptFirst,
    AlreadyAnswered,
    AlreadyOver,
    CannotAccept,
    CannotBeReady,
    CannotCancel,
    CannotDecline,
    CannotLeave,
    ChallengeNotFound,
    Expired,
    NotStarted,
    OnlyTheChallenger,
    OnlyTheOpponent,
    StatusForbids,
    TimeIsUp,
    UnknownQuestion,
)


def accept(challenge: Challenge, user_id: int, now: datetime, limits: TimeLimits) -> Challenge:
    """Accept an invite; once more, as after a lost answer, it changes nothing."""
    _require_opponent(challenge, user_id)
    if challenge.is_agreed:
        return challenge
    _require_pending_invite(challenge, now, CannotAccept)
    return _accepted(challenge, now, limits.start_seconds)


def decline(challenge: Challenge, user_id: int, now: datetime) -> Challenge:
    """Decline an invite; once more, it changes nothing."""
    _require_opponent(challenge, user_id)
    if challenge.status == "declined":
        return challenge
    _require_pending_invite(challenge, now, CannotDecline)
    return replace(challenge, status="declined", due_at=None)


def cancel(challenge: Challenge, user_id: int, now: datetime) -> Challenge:
    """Withdraw an invite or a search; once more, it changes nothing."""
    require_participant(challenge, user_id)
    if user_id != challenge.challenger.id:
        raise OnlyTheChallenger
    if challenge.status == "cancelled":
        return challenge
    if challenge.status not in PENDING:
        raise CannotCancel(challenge.status)
    _require_in_time(challenge, now)
    return replace(challenge, status="cancelled", due_at=None)


def match(challenge: Challenge, seeker: Player, now: datetime, limits: TimeLimits) -> Challenge:
    """Make a seeker the opponent of a search."""
    matched = replace(challenge.with_opponent(seeker), is_match=True)
    return _accepted(matched, now, limits.match_seconds)


def ready(
    challenge: Challenge,
    user_id: int,
    now: datetime,
    limits: TimeLimits,
    starts_at: datetime | None = None,
) -> Challenge:
    """Mark a participant ready; an accepted challenge starts when both are, or at `starts_at`."""
    attempt = require_participant(challenge, user_id)
    if challenge.status == "ongoing":
        return challenge
    if challenge.status not in (*PENDING, "accepted"):
        raise CannotBeReady(challenge.status)
    _require_in_time(challenge, now)
    if challenge.status == "pending_invite" and user_id != challenge.challenger.id:
        raise AcceptFirst
    marked = _with_attempt(challenge, replace(attempt, is_ready=True))
    if marked.status == "accepted" and all(a.is_ready for a in marked.attempts):
        return _started(marked, starts_at or now, limits)
    return marked


def answer(
    challenge: Challenge,
    user_id: int,
    question_id: int,
    choice: Choice,
    time_taken_seconds: float | None,
    now: datetime,
    limits: TimeLimits,
) -> Challenge:
    """Record an answer; the last answer of the second participant completes the challenge.

    The same answer again changes nothing, even after the end, because phones retry; another answer
    to the same question raises AlreadyAnswered.
    """
    attempt = require_participant(challenge, user_id)
    question = next((q for q in challenge.questions if q.id == question_id), None)
    earlier = challenge.answer_of(user_id, question_id)
    if earlier is not None:
        if earlier.selected_choice != choice:
            raise AlreadyAnswered
        return challenge
    _require_open_for_answers(challenge, now)
    if question is None:
        raise UnknownQuestion
    now = challenge.not_before(now)
    is_correct = choice == question.correct_answer
    given = Answer(user_id, question_id, choice, is_correct, time_taken_seconds, now)
    answers = (*challenge.answers, given)
    done = sum(a.user_id == user_id for a in answers) == len(challenge.questions)
    attempt = replace(
        attempt, score=attempt.score + is_correct, end_time=now if done else attempt.end_time
    )
    deadline_at = challenge.deadline_at
    if done and deadline_at is None:
        deadline_at = _after(now, limits.second_player_seconds)
    due_at = deadline_at or _after(now, limits.idle_seconds)
    answered = _with_attempt(
        challenge, attempt, answers=answers, deadline_at=deadline_at, due_at=due_at
    )
    if all(a.end_time for a in answered.attempts):
        return _completed(answered, now)
    return answered


def leave(challenge: Challenge, user_id: int, now: datetime) -> Challenge:
    """Take a participant out: before the start nobody plays, after it the other one has won.

    Once more, or after the other one, it changes nothing. What is overdue ends by its time, but not
    here: an answer that arrived in time may still be in work.
    """
    attempt = require_participant(challenge, user_id)
    if challenge.status == "expired" or (challenge.is_agreed and challenge.due_at is None):
        return challenge
    if not challenge.is_playing:
        raise CannotLeave(challenge.status)
    if challenge.is_overdue(now):
        return challenge
    left = _with_attempt(challenge, replace(attempt, has_left=True))
    if left.status == "accepted":
        return replace(left, status="cancelled", due_at=None)
    return _completed(left, challenge.not_before(now))


def expire(challenge: Challenge, now: datetime) -> Challenge:
    """End a challenge whose current status has run out; return any other challenge unchanged."""
    if challenge.due_at is None or not challenge.is_overdue(now):
        return challenge
    if challenge.status == "ongoing":
        return _completed(challenge, challenge.due_at)
    return replace(challenge, status="expired", due_at=None)


def require_participant(challenge: Challenge, user_id: int) -> Attempt:
    """Return the user's attempt. Raises ChallengeNotFound for a user who does not take part."""
    attempt = challenge.attempt_of(user_id)
    if attempt is None:
        raise ChallengeNotFound
    return attempt


def _require_opponent(challenge: Challenge, user_id: int) -> None:
    require_participant(challenge, user_id)
    if challenge.opponent is None or user_id != challenge.opponent.id:
        raise OnlyTheOpponent


def _require_pending_invite(
    challenge: Challenge, now: datetime, violation: type[StatusForbids]
) -> None:
    if challenge.status != "pending_invite":
        raise violation(challenge.status)
    _require_in_time(challenge, now)


def _require_open_for_answers(challenge: Challenge, now: datetime) -> None:
    if challenge.status in (*PENDING, "accepted"):
        raise NotStarted(challenge.status)
    if challenge.status != "ongoing":
        raise AlreadyOver(challenge.status)
    if challenge.is_overdue(now):
        raise TimeIsUp


def _require_in_time(challenge: Challenge, now: datetime) -> None:
    if challenge.is_overdue(now):
        raise Expired


def _accepted(challenge: Challenge, now: datetime, seconds: float) -> Challenge:
    now = challenge.not_before(now)
    due_at = _after(now, seconds)
    return replace(challenge, status="accepted", accepted_at=now, due_at=due_at)


def _started(challenge: Challenge, now: datetime, limits: TimeLimits) -> Challenge:
    now = challenge.not_before(now)
    seconds = challenge.kind.time_limit_seconds
    first_question_at = _after(now, limits.start_countdown_seconds)
    deadline_at = None if seconds is None else _after(first_question_at, seconds)
    return replace(
        challenge,
        status="ongoing",
        started_at=now,
        first_question_at=first_question_at,
        deadline_at=deadline_at,
        due_at=deadline_at or _after(now, limits.idle_seconds),
        attempts=tuple(replace(a, start_time=now) for a in challenge.attempts),
    )


def _completed(challenge: Challenge, at: datetime) -> Challenge:
    attempts = tuple(replace(a, end_time=a.end_time or at) for a in challenge.attempts)
    staying = [a for a in attempts if not a.has_left]
    best = max(a.score for a in staying)
    winners = [a.player.id for a in staying if a.score == best]
    return replace(
        challenge,
        status="completed",
        completed_at=at,
        due_at=None,
        attempts=attempts,
        winner_id=winners[0] if len(winners) == 1 else None,
    )


def _with_attempt(challenge: Challenge, attempt: Attempt, **changed: Any) -> Challenge:
    attempts = tuple(attempt if a.id == attempt.id else a for a in challenge.attempts)
    return replace(challenge, attempts=attempts, **changed)


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
