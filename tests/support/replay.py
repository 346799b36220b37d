"""What a client makes of its frames, with nothing but what they say."""

import json
from typing import Any

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame

Detail = dict[str, Any]


def payload(frame: Frame) -> Detail:
    found: Detail = json.loads(frame.data)["payload"]
    return found


def follow(detail: Detail, frames: list[Frame], viewer: Viewer) -> Detail:
    """Apply frames to a detail as a client does."""
    for frame in frames:
        message = json.loads(frame.data)
        said = message["payload"]
        if message["type"] == "participant.update":
            detail["attempts"] = [
                said if attempt["id"] == said["id"] else attempt for attempt in detail["attempts"]
            ]
            whose = "user_score" if said["user"]["id"] == viewer.user_id else "opponent_score"
            detail[whose] = said["score"]
        elif message["type"] == "answer.result":
            _mark_answered(detail, said, is_own=said["user_id"] == viewer.user_id)
        else:
            detail = said
    return detail


def without_time(detail: Detail) -> Detail:
    """Leave out the time of the answer, so that two answers can be compared."""
    return {key: value for key, value in detail.items() if key != "server_time"}


def _mark_answered(detail: Detail, said: Detail, *, is_own: bool) -> None:
    flags = ("used_hint", "used_elimination", "revealed_answer", "revealed_explanation")
    (question,) = [q for q in detail["questions"] if q["id"] == said["question_id"]]
    if is_own:
        question["user_answer_details"] = {
            "selected_choice": said["selected_answer"],
            "is_correct": said["is_correct"],
            **dict.fromkeys(flags, False),
        }
    else:
        question["opponent_answer_details"] = {
            "selected_choice": None,
            "is_correct": said["is_correct"],
        }
