"""The channels of the AsyncAPI document: the addresses of the streams, and what travels on each."""

from dataclasses import dataclass, field
from typing import Literal

from qader_sse.domain.i18n import mark
from qader_sse.domain.messages import MESSAGE_TYPES, Topic
from qader_sse.web.documents.schemas import Schema, message_name


def _query(required: tuple[str, ...] = (), **parameters: Schema) -> Schema:
    resume = {
        "last_event_id": {
            "type": "string",
            "description": mark(
                "The id of the last message received. Without it, a stream of a"
                " challenge opens with a snapshot."
            ),
        }
    }
    found = {"type": "object", "properties": resume | parameters}
    return found | ({"required": list(required)} if required else {})


_RESUME = _query()
_IDS = _query(
    ids={
        "const": "1",
        "description": mark(
            "Messages have a third key then, `id`, and what the socket says of"
            " itself comes as messages of the type `stream`."
        ),
    }
)
_TOPICS = _query(
    ("topics",),
    topics={
        "type": "string",
        "description": mark(
            "One to eight, each once: `challenges/12,challenges/13,notifications`."
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel: what the service sends there, and what it receives; `query` is in the address."""

    address: str
    server: Literal["sse", "websocket"]
    summary: str
    query: Schema
    sent: list[str]
    received: list[str] = field(default_factory=list)


def _on(topic: Topic) -> list[str]:
    return [message_name(found) for found in MESSAGE_TYPES.values() if found.topic == topic]


_SSE_CONTROLS = ["StreamOpened", "StreamClosing", "StreamOver"]
CHANNELS = {
    "challengeEvents": Channel(
        "/sse/challenges/{challenge_id}/",
        "sse",
        mark("One challenge, for those who take part in it."),
        _RESUME,
        [*_on("challenge"), *_SSE_CONTROLS],
    ),
    "notificationEvents": Channel(
        "/sse/challenges/notifications/",
        "sse",
        mark("What concerns the user: invites, and what became of their own."),
        _RESUME,
        [*_on("user"), *_SSE_CONTROLS],
    ),
    "multiplexedEvents": Channel(
        "/sse/stream/",
        "sse",
        mark("Several challenges and the notifications on one connection."),
        _TOPICS,
        [*_on("challenge"), *_on("user"), *_SSE_CONTROLS, "StreamRefused"],
    ),
    "challengeSocket": Channel(
        "/ws/challenges/{challenge_id}/",
        "websocket",
        mark("One challenge, for clients that were written for WebSockets."),
        _IDS,
        [*_on("challenge"), *_on("connection"), "SocketState", "ReadyConfirmation"],
        ["MarkReady"],
    ),
    "notificationSocket": Channel(
        "/ws/challenges/notifications/",
        "websocket",
        mark("What concerns the user, for clients that were written for WebSockets."),
        _IDS,
        [*_on("user"), *_on("connection"), "SocketState"],
    ),
}
