"""Checks the shape of every message that a stream may bring.

The shapes are `qader_sse.domain.payloads`; none is defined a second time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qader_sse.domain import payloads

# Every message type. The list is closed.
PAYLOADS: Mapping[str, Any] = {
    "challenge.update": payloads.ChallengeDetail,
    "participant.update": payloads.ChallengeAttempt,
    "challenge.start": payloads.ChallengeDetail,
    "answer.result": payloads.AnswerResult,
    "challenge.end": payloads.ChallengeResult,
    "error": payloads.ErrorDetail,
    "new_challenge_invite": payloads.ChallengeList,
    "challenge_accepted_notification": payloads.Accepted,
    "challenge_declined_notification": payloads.Declined,
    "challenge_cancelled_notification": payloads.Cancelled,
}

_ADAPTERS = {name: TypeAdapter[Any](shape) for name, shape in PAYLOADS.items()}

Message = Mapping[str, Any]


def shape_problems(message: Message) -> Iterator[str]:
    """Yield what in a message has another shape than its type says."""
    if set(message) != {"type", "payload"}:
        yield f"the keys are {sorted(message)}"
    elif message["type"] not in _ADAPTERS:
        yield f"{message['type']} is no message type"
    else:
        adapter = _ADAPTERS[message["type"]]
        try:
            # An extra key, or a number sent as text, breaks the contract as much as a missing key.
            adapter.validate_python(message["payload"], strict=True, extra="forbid")
        except ValidationError as error:
            yield f"{message['type']}: {error.errors()}"
