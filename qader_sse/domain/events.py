"""The events of a change, derived from the challenge before and after it.

The fact of an event depends on no viewer and no language. It leaves out what no participant may
know yet, such as the right answers of a running challenge. A choice that only some participants
may see carries the ids of these, decided when the event is derived.
`qader_sse.domain.presenters` turns a fact into the message for one viewer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qader_sse.domain import payloads
from qader_sse.domain.challenge import FINAL, Answer, Attempt, Challenge, Player, Question

Fact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to append; the log assigns its sequence number."""

    topic: str
    type: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Event:
    """A committed fact, number `seq` of its topic."""

    topic: str
    seq: int
    type: str
    fact: Fact


def challenge_topic(challenge_id: int) -> str:
    return f"challenge:{challenge_id}"


def user_topic(user_id: int) -> str:
    return f"user:{user_id}"


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
    return event.type.startswith("challenge.") and event.fact.get("status") in FINAL


def changes(before: Challenge | None, after: Challenge, now: datetime) -> list[Draft]:
    """Return the events of the change from `before` (None for a new challenge) to `after`.

    Clients keep only the latest message, so the order of several events matters: the result of an
    answer, then the participants that changed, and the challenge last.
    """
    if after == before:
        return []
    return [*_participants(before, after), *_status(before, after, now)]


def detail_fact(challenge: Challenge, now: datetime) -> Fact:
    """Return everything that both participants may know of a challenge at this moment."""
    shown = challenge.questions if challenge.status in ("ongoing", "completed") else ()
    return {
        **summary_fact(challenge),
        "challenge_config": _config(challenge),
        "questions": [question_fact(question, challenge) for question in shown],
        "answers": _answers_by_user(challenge.answers),
        "accepted_at": iso(challenge.accepted_at),
        "started_at": iso(challenge.started_at),
        "deadline_at": iso(challenge.deadline_at),
        "server_time": iso(now),
    }


def summary_fact(challenge: Challenge) -> Fact:
    winner = challenge.winner_id and challenge.attempt_of(challenge.winner_id)
    return {
        "id": challenge.id,
        "challenger": simple_user(challenge.challenger),
        "opponent": challenge.opponent and simple_user(challenge.opponent),
        "challenge_type": challenge.kind.key,
        "challenge_type_display": challenge.kind.name,
        "status": challenge.status,
        "winner": simple_user(winner.player) if winner else None,
        "created_at": iso(challenge.created_at),
        "completed_at": iso(challenge.completed_at),
        "attempts": [attempt_fact(attempt) for attempt in challenge.attempts],
    }


def question_fact(question: Question, challenge: Challenge) -> payloads.QuestionFact:
    revealed = challenge.status == "completed"
    return {
        "id": question.id,
        "question_text": question.text,
        "image": question.image,
        "options": question.options,
        "difficulty": question.difficulty,  # type: ignore[typeddict-item]  # 1..5: the import and the table check it
        "hint": question.hint if revealed or challenge.kind.allow_hints else None,
        "solution_method_summary": question.solution_method_summary if revealed else None,
        "correct_answer": question.correct_answer if revealed else None,
        "explanation": question.explanation if revealed else None,
        "section": question.section,
        "subsection": question.subsection,
        "skill": question.skill,
        "is_starred": False,
    }


def attempt_fact(attempt: Attempt) -> payloads.ChallengeAttempt:
    return {
        "id": attempt.id,
        "user": simple_user(attempt.player),
        "score": attempt.score,
        "is_ready": attempt.is_ready,
        "start_time": iso(attempt.start_time),
        "end_time": iso(attempt.end_time),
        "userId": attempt.player.id,
        "isReady": attempt.is_ready,
    }


def simple_user(player: Player) -> payloads.SimpleUser:
    return {
        "id": player.id,
        "username": player.username,
        "full_name": player.full_name,
        "preferred_name": player.preferred_name,
        "grade": player.grade,
        "profile_picture_url": player.profile_picture_url,
    }


def iso(moment: datetime | None) -> str | None:
    """Write an aware time as ISO 8601 UTC with `Z`, to the millisecond."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _participants(before: Challenge | None, after: Challenge) -> Iterator[Draft]:
    if before is None:
        return
    topic = challenge_topic(after.id)
    given = after.answers[len(before.answers) :]
    for answer in given:
        yield Draft(topic, "answer.result", _answer_fact(answer, after))
    answered = {answer.user_id for answer in given}
    for attempt in after.attempts:
        earlier = before.attempt_of(attempt.player.id)
        changed = earlier is not None and _visible(attempt) != _visible(earlier)
        # A wrong answer changes no score, but deployed clients expect this event after each result.
        if changed or attempt.player.id in answered:
            yield Draft(topic, "participant.update", dict(attempt_fact(attempt)))


def _visible(attempt: Attempt) -> tuple[object, ...]:
    return attempt.is_ready, attempt.score, attempt.end_time


def _status(before: Challenge | None, after: Challenge, now: datetime) -> Iterator[Draft]:
    if before is not None and before.status == after.status:
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
            fact = {**about, "cancelled_by": challenger.username}
            yield Draft(user_topic(opponent.id), "challenge_cancelled_notification", fact)


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


def _answers_by_user(answers: tuple[Answer, ...]) -> dict[str, dict[str, Any]]:
    """Group answers by user and question; the keys are strings, as JSON requires."""
    by_user: dict[str, dict[str, Any]] = {}
    for answer in answers:
        by_user.setdefault(str(answer.user_id), {})[str(answer.question_id)] = {
            "selected_choice": answer.selected_choice,
            "is_correct": answer.is_correct,
        }
    return by_user


def _config(challenge: Challenge) -> payloads.ChallengeConfig:
    kind = challenge.kind
    return {
        "num_questions": kind.num_questions,
        "time_limit_seconds": kind.time_limit_seconds,
        "allow_hints": kind.allow_hints,
        "sections": list(kind.sections),
        "description": kind.description,
        "is_speed_challenge": kind.is_speed_challenge,
        "is_accuracy_challenge": kind.is_accuracy_challenge,
    }
