"""Checks a viewer's log of a duel against what a client may rely on."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from conformance.message_shapes import Message, shape_problems
from conformance.sequence import gaps

# Keys of a question that must be null until the duel is completed.
_SECRETS = ("correct_answer", "explanation", "solution_method_summary")


def violations(log: Sequence[tuple[int, Message]], viewer_id: int) -> list[str]:
    """Return how a viewer's log of one topic, as (number, message), breaks the contract.

    The log may begin with a snapshot or anywhere after it; from there on it must be complete.
    """
    found = [f"{seq}: {problem}" for seq, message in log for problem in shape_problems(message)]
    if found:
        return found
    return [
        *gaps([seq for seq, _ in log]),
        *_order_problems([message for _, message in log]),
        *_fair_play_problems(log, viewer_id),
        *_perspective_problems([message for _, message in log], viewer_id),
    ]


def _order_problems(messages: Sequence[Message]) -> Iterator[str]:
    for message, following in zip_longest(messages, messages[1:]):
        payload = message["payload"]
        if message["type"] == "answer.result" and not _is_update_after(following, payload):
            yield f"no participant.update at once after the answer.result {payload}"
        if message["type"] == "challenge.end" and following is not None:
            yield f"{following['type']} came after challenge.end"
        if message["type"] == "challenge.start" and not all(
            attempt["is_ready"] for attempt in payload["attempts"]
        ):
            yield "challenge.start came before both were ready"


def _is_update_after(following: Message | None, result: Mapping[str, Any]) -> bool:
    if following is None or following["type"] != "participant.update":
        return False
    attempt = following["payload"]
    return (attempt["userId"], attempt["score"]) == (result["user_id"], result["current_score"])


def _fair_play_problems(log: Sequence[tuple[int, Message]], viewer_id: int) -> Iterator[str]:
    # The questions that the viewer has answered. None where the log began later: until the first
    # message that shows the questions, they are unknown.
    answered: set[int] | None = set() if log and log[0][0] <= 1 else None
    for _, message in log:
        payload = message["payload"]
        yield from _names_too_early(payload, viewer_id)
        yield from _presence_out_of_time(payload)
        if payload.get("questions"):
            answered = {q["id"] for q in payload["questions"] if q["user_answer_details"]}
        if "questions" in payload:
            yield from _leaks(payload)
        if message["type"] == "answer.result" and answered is not None:
            if payload["user_id"] == viewer_id:
                answered.add(payload["question_id"])
            elif payload["selected_answer"] and payload["question_id"] not in answered:
                yield f"the other's answer to {payload['question_id']} was shown too early"


def _names_too_early(payload: Mapping[str, Any], viewer_id: int) -> Iterator[str]:
    if payload.get("opponent") is None or payload.get("accepted_at") is not None:
        return
    invited_id = payload["opponent"]["id"]
    shown = [payload["opponent"], *(a["user"] for a in payload.get("attempts", ()))]
    named = any(u["id"] == invited_id and (u["full_name"] or u["grade"]) for u in shown)
    if named and viewer_id != invited_id:
        yield "the name or grade of the invited one was shown before they accepted"


def _presence_out_of_time(payload: Mapping[str, Any]) -> Iterator[str]:
    is_told = payload.get("status") in (None, "accepted", "ongoing")
    if not is_told and any(attempt["is_online"] for attempt in payload.get("attempts", ())):
        yield f"somebody was shown to be online while {payload['status']}"


def _leaks(detail: Mapping[str, Any]) -> Iterator[str]:
    if detail["status"] == "completed":
        return
    if detail["status"] != "ongoing" and detail["questions"]:
        yield f"questions were shown while {detail['status']}"
    for question in detail["questions"]:
        for key in _SECRETS:
            if question[key] is not None or (question["markup"] or {}).get(key):
                yield f"{key} of question {question['id']} was shown while {detail['status']}"
        if (question["hint"] or (question["markup"] or {}).get("hint")) and not detail[
            "challenge_config"
        ]["allow_hints"]:
            yield f"the hint of question {question['id']} was shown"
        if (question["opponent_answer_details"] or {}).get("selected_choice"):
            yield f"what the other chose at question {question['id']} was shown"


def _perspective_problems(messages: Sequence[Message], viewer_id: int) -> Iterator[str]:
    for message in messages:
        payload = message["payload"]
        if "user_is_participant" in payload and not payload["user_is_participant"]:
            yield f"{message['type']} takes this viewer for a stranger"
        if "winner" in payload:
            winner = payload["winner"]
            if payload["user_is_winner"] != (winner and winner["id"] == viewer_id):
                yield f"user_is_winner of {message['type']} is not this viewer's"
        if "attempts" in payload:
            scores = {attempt["userId"]: attempt["score"] for attempt in payload["attempts"]}
            expected = scores.pop(viewer_id, None), next(iter(scores.values()), None)
            if (payload["user_score"], payload["opponent_score"]) != expected:
                yield f"the scores of {message['type']} are not this viewer's"
