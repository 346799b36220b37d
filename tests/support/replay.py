"""A client's view of a challenge, derived from its frames alone."""

import json
from typing import Any

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame

Detail = dict[str, Any]


def payload(frame: Frame) -> Detail:
    found: Detail = json.loads(frame.data)["payload"]
    return found


def follow(detail: Detail, frames: list[Frame], viewer: Viewer) -> Detail:
    """Apply frames to a ChallengeDetail as a client does, and return the result."""
    for frame in frames:
        message = json.loads(frame.data)
        content = message["payload"]
        if message["type"] == "participant.update":
            detail["attempts"] = [
                content if attempt["id"] == content["id"] else attempt
                for attempt in detail["attempts"]
            ]
            whose = "user_score" if content["user"]["id"] == viewer.user_id else "opponent_score"
            detail[whose] = content["score"]
        elif message["type"] == "answer.result":
            _mark_answered(detail, content, is_own=content["user_id"] == viewer.user_id)
        else:
            detail = content
    return detail


def without_time(detail: Detail) -> Detail:
    """Leave out `server_time`, so that details of different moments can be compared."""
    return {key: value for key, value in detail.items() if key != "server_time"}


def _mark_answered(detail: Detail, result: Detail, *, is_own: bool) -> None:
    flags = ("used_hint", "used_elimination", "revealed_answer", "revealed_explanation")
    (question,) = [q for q in detail["questions"] if q["id"] == result["question_id"]]
    if is_own:
        question["user_answer_details"] = {
            "selected_choice": result["selected_answer"],
            "is_correct": result["is_correct"],
            "time_taken_seconds": None,
            **dict.fromkeys(flags, False),
        }
    else:
        question["opponent_answer_details"] = {
            "selected_choice": None,
            "is_correct": result["is_correct"],
        }
