"""Who of the two is online, as their challenge tells it: from the moment they agree until it is over.

What is told is a fact like the score: stored, and changed by a rule under the challenge's lock. So an
event says what was known at its commit, live and on replay.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from qader_sse.domain.challenge import Attempt, Challenge

# How many times one challenge tells that the same participant went away. Its log, which everybody
# who resumes has to read, must not grow with a connection that comes and goes all day.
MAX_ABSENCES = 20


def see(challenge: Challenge, user_id: int, now: datetime, *, is_online: bool) -> Challenge:
    """Note whether a participant is online; before the two agree and after the end, nothing changes."""
    is_overdue = challenge.due_at is not None and now >= challenge.due_at
    if not challenge.is_playing or is_overdue:
        return challenge
    return replace(
        challenge,
        attempts=tuple(
            _seen(a, is_online=is_online) if a.player.id == user_id else a
            for a in challenge.attempts
        ),
    )


def acted_within(challenge: Challenge, seconds: float, now: datetime) -> set[int]:
    """Return the participants of a challenge just agreed upon who have acted within these seconds.

    The opponent has just now: by accepting, or by a search that was matched. Whoever acts may be too
    new to be recorded as online.
    """
    just_created = now - challenge.created_at < timedelta(seconds=seconds)
    return {
        a.player.id for a in challenge.attempts if just_created or a.player != challenge.challenger
    }


def _seen(attempt: Attempt, *, is_online: bool) -> Attempt:
    if is_online or not attempt.is_online:
        return replace(attempt, is_online=is_online)
    if attempt.absences == MAX_ABSENCES:
        return attempt
    return replace(attempt, is_online=False, absences=attempt.absences + 1)
