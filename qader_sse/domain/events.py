"""The events of a change, derived from the challenge before and after it.

`qader_sse.domain.facts` builds what an event says, and `qader_sse.domain.presenters` turns that into
the message for one viewer.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qader_sse.domain.challenge import FINAL, Answer, Attempt, Challenge
from qader_sse.domain.facts import Fact, attempt_for_both, detail_fact, summary_fact


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to append; the log assigns its sequence number."""

    topic: str
    type: str
    fact: Fact


# Everything else here is frozen. This is not, because each message makes one, and a frozen one takes four
# times as long to make; and what is known only later is filled in (`committed`, `store.announced_change`).
@dataclass(slots=True)
class Event:
    """A committed fact, number `seq` of its topic."""

    topic: str
    seq: int
    type: str
    fact: Fact
    # When it was committed, in seconds since 1970 by the service's clock; read from the log, when it
    # was appended. Only for measuring how late it is: 0 where nobody knows.
    committed_at: float = field(default=0.0, compare=False, repr=False)
    # The span that caused it, as W3C's `traceparent` names it; "" where nothing is traced.
    trace: str = field(default="", compare=False, repr=False)
    # How its challenge was changed, in the first event of a change, for workers that have it cached:
    # see `store.announced_change`. Clients get nothing of it.
    change: str = field(default="", compare=False, repr=False)


def committed(events: Sequence[Event], at: datetime, trace: str = "") -> Sequence[Event]:
    """Have the events of a transaction say that it was committed at this time, within this span."""
    seconds = at.timestamp()
    for event in events:
        event.committed_at, event.trace = seconds, trace
    return events


def challenge_topic(challenge_id: int) -> str:
    # Interned: the hub, and each stream on the topic, refer to one string.
    return sys.intern(f"challenge:{challenge_id}")


# The events that tell of a whole challenge: the last one of its topic is one of them.
WHOLE_CHALLENGE = ("challenge.update", "challenge.start", "challenge.end")

# How the topics of users begin, and no others.
USER_PREFIX = "user:"


def user_topic(user_id: int) -> str:
    return sys.intern(f"{USER_PREFIX}{user_id}")


def user_of(topic: str) -> int | None:
    """Return whose topic this is; None if it is not a user's."""
    number = topic.removeprefix(USER_PREFIX)
    return int(number) if number != topic and number.isdecimal() else None


def matchmaking_topic() -> str:
    """Return the topic whose lock serialises matchmaking; it has no events.

    It is one for all types: two users must not be matched with each other in two types at once.
    """
    return "matchmaking"


def sessions_topic() -> str:
    """Return the topic of ended sessions, which every worker follows to close their streams."""
    return "sessions"


def creation_topic(user_id: int) -> str:
    """Return the topic whose lock serialises what one user creates; it has no events."""
    return f"creation:{user_id}"


def is_last(event: Event) -> bool:
    """Return whether an event is the last one of its challenge, which has its final status then."""
    return event.type in WHOLE_CHALLENGE and event.fact["status"] in FINAL


def changes(before: Challenge | None, after: Challenge, now: datetime) -> list[Draft]:
    """Return the events of the change from `before` (None for a new challenge) to `after`.

    Clients keep only the latest message, so the order of several events matters: the result of an
    answer, then the participants that changed, and the challenge last.
    """
    if after == before:
        return []
    return [*_participants(before, after), *_status(before, after, now)]


def _participants(before: Challenge | None, after: Challenge) -> Iterator[Draft]:
    if before is None:
        return
    topic = challenge_topic(after.id)
    given = after.answers[len(before.answers) :]
    for answer in given:
        yield Draft(topic, "answer.result", _answer_fact(answer, after))
    answered = {answer.user_id for answer in given}
    # An opponent who is new is told of with the whole challenge.
    for earlier, attempt in zip(before.attempts, after.attempts, strict=False):
        changed = attempt != earlier and _visible(before, attempt) != _visible(before, earlier)
        # A wrong answer changes no score, but deployed clients expect this event after each result.
        if changed or attempt.player.id in answered:
            # The challenge itself comes last, so this tells nothing yet of a status that it gets.
            yield Draft(topic, "participant.update", dict(attempt_for_both(before, attempt)))


def _visible(before: Challenge, attempt: Attempt) -> tuple[object, ...]:
    # Who is online when the two agree is told with the whole challenge.
    is_online = before.is_playing and attempt.is_online
    return attempt.is_ready, attempt.score, attempt.end_time, is_online


def _status(before: Challenge | None, after: Challenge, now: datetime) -> Iterator[Draft]:
    if before is not None and before.status == after.status:
        if before.deadline_at != after.deadline_at:
            yield Draft(challenge_topic(after.id), "challenge.update", detail_fact(after, now))
        return
    message = {"ongoing": "challenge.start", "completed": "challenge.end"}
    yield Draft(
        challenge_topic(after.id),
        message.get(after.status, "challenge.update"),
        detail_fact(after, now),
    )
    yield from _notifications(after)


def _notifications(after: Challenge) -> Iterator[Draft]:
    challenger, opponent = after.challenger, after.opponent
    if opponent is None:
        return
    about = {"challenge_id": after.id}
    match after.status:
        case "pending_invite":
            fact = summary_fact(after)
            yield Draft(user_topic(opponent.id), "new_challenge_invite", fact)
        case "accepted":
            fact = {**about, "accepted_by": opponent.username}
            yield Draft(user_topic(challenger.id), "challenge_accepted_notification", fact)
        case "declined":
            fact = {**about, "declined_by": opponent.username}
            yield Draft(user_topic(challenger.id), "challenge_declined_notification", fact)
        case "cancelled":
            # Whoever left an accepted duel, or else the challenger, who has withdrawn the invite.
            left = (attempt.player for attempt in after.attempts if attempt.has_left)
            by = next(left, challenger)
            other = challenger if by == opponent else opponent
            fact = {**about, "cancelled_by": by.username}
            yield Draft(user_topic(other.id), "challenge_cancelled_notification", fact)


def _answer_fact(answer: Answer, challenge: Challenge) -> Fact:
    others = {a.user_id for a in challenge.answers if a.question_id == answer.question_id}
    attempt = challenge.attempt_of(answer.user_id)
    return {
        "user_id": answer.user_id,
        "question_id": answer.question_id,
        "is_correct": answer.is_correct,
        "selected_answer": answer.selected_choice,
        "current_score": attempt.score if attempt else 0,
        # The other participant sees the choice only after answering the same question.
        "selected_answer_visible_to": sorted({answer.user_id, *others}),
    }
