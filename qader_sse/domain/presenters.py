"""Presenters turn an event into the message for one viewer.

They are pure functions, so that a live stream and a replay send the same bytes.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from qader_sse.domain import payloads
from qader_sse.domain.events import WHOLE_CHALLENGE, Event
from qader_sse.domain.facts import Fact, without_names
from qader_sse.domain.i18n import mark, translate

STATUS_NAMES: dict[payloads.Status, str] = {
    "pending_invite": mark("Pending Invite"),
    "pending_matchmaking": mark("Waiting for an Opponent"),
    "accepted": mark("Accepted"),
    "ongoing": mark("Ongoing"),
    "completed": mark("Completed"),
    "declined": mark("Declined"),
    "cancelled": mark("Cancelled"),
    "expired": mark("Expired"),
}

# Messages that tell each viewer of themselves, in their language.
_PERSONAL = (*WHOLE_CHALLENGE, "new_challenge_invite")
# Events whose facts all viewers receive as they are.
UNCHANGED = (
    "participant.update",
    "challenge_accepted_notification",
    "challenge_declined_notification",
    "challenge_cancelled_notification",
)


def is_seen_as_written(kind: str, written: str) -> bool:
    """Return whether all viewers receive facts of this type as they are, and this JSON is such a fact.

    Facts of an earlier version are completed by `payload`: it did not say who is online.
    """
    return kind in UNCHANGED and (kind != "participant.update" or '"is_online":' in written)


class UnknownEvent(ValueError):
    """A newer version wrote this type of event: this one does not know what a viewer may see."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user a message is for, and the language they read."""

    user_id: int
    locale: str


def message(event: Event, viewer: Viewer) -> dict[str, Any]:
    """Return the message that this viewer receives for an event."""
    return {"type": event.type, "payload": payload(event, viewer)}


def payload(event: Event, viewer: Viewer) -> Any:
    """Return the payload of that message. Raises UnknownEvent."""
    if event.type in WHOLE_CHALLENGE:
        return challenge_detail(event.fact, viewer)
    if event.type == "new_challenge_invite":
        return challenge_summary(event.fact, viewer)
    if event.type == "answer.result":
        return _answer_result(event.fact, viewer)
    if event.type in UNCHANGED:
        if event.type == "participant.update" and "is_online" not in event.fact:
            return {**event.fact, "is_online": False}  # an earlier version did not say it
        return event.fact
    raise UnknownEvent(event.type)


def perspective(event: Event, viewer: Viewer) -> Hashable:
    """Return the part of the viewer that the message depends on: equal parts share one frame."""
    if event.type in _PERSONAL:
        return viewer
    if event.type == "answer.result":
        return viewer.user_id in event.fact["selected_answer_visible_to"]
    return None


def challenge_detail(fact: Fact, viewer: Viewer) -> payloads.ChallengeDetail:
    answers: dict[str, dict[str, Any]] = fact["answers"]
    own_answers = answers.get(str(viewer.user_id), {})
    others = (given for user_id, given in answers.items() if user_id != str(viewer.user_id))
    other_answers = next(others, {})
    is_over = fact["status"] == "completed"
    config: payloads.ChallengeConfig = fact["challenge_config"]
    description = translate(viewer.locale, config["description"])
    return {
        **challenge_summary(fact, viewer),
        "attempts": [_attempt(attempt, fact, viewer) for attempt in fact["attempts"]],
        "challenge_config": {**config, "description": description},
        "questions": [
            _question(
                question,
                own_answers.get(str(question["id"])),
                other_answers.get(str(question["id"])),
                is_over=is_over,
            )
            for question in fact["questions"]
        ],
        # Where there is none, an earlier version has written the event.
        "is_match": fact.get("is_match", False),
        "accepted_at": fact["accepted_at"],
        "ready_deadline_at": fact.get("ready_deadline_at"),
        "started_at": fact["started_at"],
        # In an event of an earlier version, the start had no countdown.
        "first_question_at": fact.get("first_question_at", fact["started_at"]),
        "deadline_at": fact["deadline_at"],
        "server_time": fact["server_time"],
        "end_reason": fact.get("end_reason"),  # an event of an earlier version has none
    }


def challenge_summary(fact: Fact, viewer: Viewer) -> payloads.ChallengeList:
    scores = {attempt["userId"]: attempt["score"] for attempt in fact["attempts"]}
    others = (score for user_id, score in scores.items() if user_id != viewer.user_id)
    takes_part = viewer.user_id in scores
    winner, opponent = fact["winner"], fact["opponent"]
    return {
        "id": fact["id"],
        "challenger": fact["challenger"],
        "opponent": opponent and _person(opponent, fact, viewer),
        "challenge_type": fact["challenge_type"],
        "challenge_type_display": translate(viewer.locale, fact["challenge_type_display"]),
        "status": fact["status"],
        "status_display": translate(viewer.locale, STATUS_NAMES[fact["status"]]),
        "winner": winner,
        "created_at": fact["created_at"],
        "completed_at": fact["completed_at"],
        "user_is_participant": takes_part,
        "user_is_winner": None if winner is None else winner["id"] == viewer.user_id,
        "user_score": scores.get(viewer.user_id),
        "opponent_score": next(others, None) if takes_part else None,
    }


def _attempt(
    attempt: payloads.ChallengeAttempt, fact: Fact, viewer: Viewer
) -> payloads.ChallengeAttempt:
    user = _person(attempt["user"], fact, viewer)
    # An event of an earlier version does not say who is online.
    return {**attempt, "user": user, "is_online": attempt.get("is_online", False)}


def _person(user: payloads.SimpleUser, fact: Fact, viewer: Viewer) -> payloads.SimpleUser:
    """Return a participant without their names, for whom the two have not agreed to play.

    Whoever invites shows their names; the one invited does so by accepting.
    """
    # An invite in the log of an earlier version has no `accepted_at`.
    is_agreed = fact.get("accepted_at") is not None
    if is_agreed or user["id"] in (viewer.user_id, fact["challenger"]["id"]):
        return user
    return without_names(user)


def _question(
    question: payloads.QuestionFact,
    own_answer: dict[str, Any] | None,
    other_answer: dict[str, Any] | None,
    *,
    is_over: bool,
) -> payloads.Question:
    return {
        **question,
        "user_answer_details": _details(own_answer),
        "opponent_answer_details": _opponent_details(other_answer, is_over=is_over),
    }


def _answer_result(fact: Fact, viewer: Viewer) -> payloads.AnswerResult:
    visible = viewer.user_id in fact["selected_answer_visible_to"]
    return {
        "user_id": fact["user_id"],
        "question_id": fact["question_id"],
        "is_correct": fact["is_correct"],
        "selected_answer": fact["selected_answer"] if visible else None,
        "current_score": fact["current_score"],
    }


def _details(answer: dict[str, Any] | None) -> payloads.UserAnswerDetails | None:
    if answer is None:
        return None
    return {
        "selected_choice": answer["selected_choice"],
        "is_correct": answer["is_correct"],
        "time_taken_seconds": answer.get("time_taken_seconds"),  # an earlier version wrote none
        "used_hint": False,
        "used_elimination": False,
        "revealed_answer": False,
        "revealed_explanation": False,
    }


def _opponent_details(
    answer: dict[str, Any] | None, *, is_over: bool
) -> payloads.OpponentAnswerDetails | None:
    if answer is None:
        return None
    return {
        "selected_choice": answer["selected_choice"] if is_over else None,
        "is_correct": answer["is_correct"],
    }
