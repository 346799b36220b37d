"""The types of messages that streams bring: their only list.

What a message of each type holds is in `payloads`. The conformance check and the published
documents are made from this table.
"""

from dataclasses import dataclass
from typing import Any, Literal

from qader_sse.domain import payloads
from qader_sse.domain.i18n import mark

# Where a message travels: to both who take part in a challenge, to one user, or to the one
# connection whose action failed.
Topic = Literal["challenge", "user", "connection"]


@dataclass(frozen=True, slots=True)
class MessageType:
    """One type of message. `payload` is a TypedDict of `payloads`."""

    name: str
    payload: Any
    topic: Topic
    summary: str


_ALL = (
    MessageType(
        "challenge.update",
        payloads.ChallengeDetail,
        "challenge",
        mark("The status or the participants have changed; also the snapshot that opens a stream."),
    ),
    MessageType(
        "participant.update",
        payloads.ChallengeAttempt,
        "challenge",
        mark("A participant's readiness, score or end has changed."),
    ),
    MessageType(
        "challenge.start",
        payloads.ChallengeDetail,
        "challenge",
        mark("Both participants are ready: here are the questions."),
    ),
    MessageType(
        "answer.result",
        payloads.AnswerResult,
        "challenge",
        mark("An answer was recorded."),
    ),
    MessageType(
        "challenge.end",
        payloads.ChallengeResult,
        "challenge",
        mark("The challenge is completed: here are the right answers."),
    ),
    MessageType(
        "error",
        payloads.ErrorDetail,
        "connection",
        mark("A message that this connection sent was refused."),
    ),
    MessageType(
        "new_challenge_invite",
        payloads.ChallengeList,
        "user",
        mark("Somebody invites you to a challenge."),
    ),
    MessageType(
        "challenge_accepted_notification",
        payloads.Accepted,
        "user",
        mark("Your invite was accepted, or an opponent was found."),
    ),
    MessageType(
        "challenge_declined_notification",
        payloads.Declined,
        "user",
        mark("Your invite was declined."),
    ),
    MessageType(
        "challenge_cancelled_notification",
        payloads.Cancelled,
        "user",
        mark("An invite to you was withdrawn, or the other one has left before the start."),
    ),
)

MESSAGE_TYPES = {message.name: message for message in _ALL}
