"""The answer to getting ready, which REST and the WebSocket share."""

from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from qader_sse.domain import payloads
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.i18n import mark, translate


class ReadyMarked(TypedDict):
    user_status: Literal["ready"]
    challenge_status: payloads.Status
    challenge_started: bool
    detail: str


def ready_answer(challenge: Challenge, locale: str, arrived_at: datetime) -> ReadyMarked:
    if challenge.started_at is not None and challenge.started_at >= arrived_at:
        detail = mark("You are ready, and so is your opponent: the duel has started.")
    elif challenge.status == "ongoing":
        detail = mark("The duel has already started; nothing has changed.")
    else:
        detail = mark("You are ready. The duel starts when your opponent is.")
    return {
        "user_status": "ready",
        "challenge_status": challenge.status,
        "challenge_started": challenge.status == "ongoing",
        "detail": translate(locale, detail),
    }
