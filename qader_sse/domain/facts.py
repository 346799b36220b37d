"""Facts: what events and answers say of a challenge, for all viewers and languages at once.

A fact leaves out what no participant may know yet, such as the right answers of a running challenge.
What only one participant may see, an answer or their own name, is shown to that one by
`qader_sse.domain.presenters`, which turns a fact into the payload for one viewer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, overload

from qader_sse.domain import payloads
from qader_sse.domain.challenge import Answer, Attempt, Challenge, Player, Question

Fact = Mapping[str, Any]


def detail_fact(challenge: Challenge, now: datetime) -> Fact:
    """Return everything that both participants may know of a challenge at this moment."""
    shown = challenge.questions if challenge.status in ("ongoing", "completed") else ()
    return {
        **summary_fact(challenge),
        "challenge_config": _config(challenge),
        "questions": [question_fact(question, challenge) for question in shown],
        "answers": _answers_by_user(challenge.answers),
        "is_match": challenge.is_match,
        "ready_deadline_at": iso(challenge.due_at) if challenge.status == "accepted" else None,
        "started_at": iso(challenge.started_at),
        "first_question_at": iso(challenge.first_question_at),
        "deadline_at": iso(challenge.deadline_at),
        "server_time": iso(now),
        "end_reason": challenge.end_reason,
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
        "accepted_at": iso(challenge.accepted_at),
        "completed_at": iso(challenge.completed_at),
        "attempts": [
            attempt_fact(attempt, is_playing=challenge.is_playing) for attempt in challenge.attempts
        ],
    }


def question_fact(question: Question, challenge: Challenge) -> payloads.QuestionFact:
    revealed = challenge.status == "completed"
    shows_hint = revealed or challenge.kind.allow_hints
    return {
        "id": question.id,
        "question_text": question.text,
        "image": question.image,
        "options": question.options,
        "difficulty": question.difficulty,  # type: ignore[typeddict-item]  # 1..5: the import and the table check it
        "hint": question.hint if shows_hint else None,
        "solution_method_summary": question.solution_method_summary if revealed else None,
        "correct_answer": question.correct_answer if revealed else None,
        "explanation": question.explanation if revealed else None,
        "section": question.section,
        "subsection": question.subsection,
        "skill": question.skill,
        "is_starred": False,
        "markup": question.markup and _markup_fact(question.markup, shows_hint, revealed),
    }


def _markup_fact(markup: payloads.Markup, shows_hint: bool, revealed: bool) -> payloads.Markup:
    """Return of the marked-up texts those whose plain texts are shown."""
    return {
        "question_text": markup["question_text"],
        "options": markup["options"],
        "hint": markup["hint"] if shows_hint else None,
        "solution_method_summary": markup["solution_method_summary"] if revealed else None,
        "explanation": markup["explanation"] if revealed else None,
    }


def attempt_fact(attempt: Attempt, *, is_playing: bool) -> payloads.ChallengeAttempt:
    return {
        "id": attempt.id,
        "user": simple_user(attempt.player),
        "score": attempt.score,
        "is_ready": attempt.is_ready,
        "start_time": iso(attempt.start_time),
        "end_time": iso(attempt.end_time),
        "is_online": is_playing and attempt.is_online,
        "userId": attempt.player.id,
        "isReady": attempt.is_ready,
    }


def attempt_for_both(challenge: Challenge, attempt: Attempt) -> payloads.ChallengeAttempt:
    """Return an attempt as both participants may see it: before they agree, without names."""
    fact = attempt_fact(attempt, is_playing=challenge.is_playing)
    if not challenge.is_agreed and attempt.player.id != challenge.challenger.id:
        fact["user"] = without_names(fact["user"])
    return fact


def without_names(user: payloads.SimpleUser) -> payloads.SimpleUser:
    """Leave out what only those learn who have agreed to play with this person."""
    return {**user, "full_name": None, "grade": None}


def simple_user(player: Player) -> payloads.SimpleUser:
    """Return a person as they see themselves, and as those do who have agreed to play with them."""
    return {
        "id": player.id,
        "username": player.username,
        "full_name": player.full_name,
        "preferred_name": player.preferred_name,
        "grade": player.grade,
        "profile_picture_url": player.profile_picture_url,
    }


@overload
def iso(moment: datetime) -> str: ...
@overload
def iso(moment: None) -> None: ...
@overload
def iso(moment: datetime | None) -> str | None: ...
def iso(moment: datetime | None) -> str | None:
    """Write an aware time as ISO 8601 UTC with `Z`, to the millisecond."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _answers_by_user(answers: tuple[Answer, ...]) -> dict[str, dict[str, Any]]:
    """Group answers by user and question; the keys are strings, as JSON requires."""
    by_user: dict[str, dict[str, Any]] = {}
    for answer in answers:
        by_user.setdefault(str(answer.user_id), {})[str(answer.question_id)] = {
            "selected_choice": answer.selected_choice,
            "is_correct": answer.is_correct,
            "time_taken_seconds": answer.time_taken_seconds,
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
