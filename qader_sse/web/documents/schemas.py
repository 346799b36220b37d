"""The JSON schemas of all messages and payloads, which both documents name."""

import re
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from qader_sse.domain import payloads
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.i18n import mark
from qader_sse.domain.messages import MESSAGE_TYPES, MessageType

Schema = dict[str, Any]

_REF = "#/components/schemas/"
# How moments are named in all payloads. Their type is a plain string.
_MOMENT = re.compile(r"_(at|time)\Z")

# The lists of values that several payloads share. Without a name, generators of clients would make
# a type for each place, and none of them would fit into another.
VALUE_SCHEMAS: dict[str, Schema] = {
    name: {"type": "string", "enum": list(values)}
    for name, values in {
        "Choice": get_args(payloads.Choice),
        "ChallengeStatus": get_args(payloads.Status),
        "EndReason": get_args(payloads.EndReason),
        "ChallengeTypeKey": CHALLENGE_TYPES,
    }.items()
}

# What a transport says of itself.
CONTROL_SCHEMAS: dict[str, Schema] = {
    "StreamOpened": {
        "type": "object",
        "description": "How a topic begins: the first event of every stream.",
        "properties": {
            "state": {"const": "open"},
            "topic": {"type": "string", "description": mark("On a stream of several topics.")},
            "mode": {
                "enum": ["snapshot", "resumed", "reset"],
                "description": mark(
                    "A reset: the messages after the id that was sent cannot be served."
                ),
            },
            "after": {
                "type": "integer",
                "minimum": -1,
                "description": mark(
                    "The id that the client sent, -1 where it could not be read. Of a"
                    " stream that opens without one, the same as `head`."
                ),
            },
            "head": {
                "type": "integer",
                "minimum": 0,
                "description": mark(
                    "The id of the topic's newest message at this moment, which is that"
                    " of a snapshot as well."
                ),
            },
        },
        "required": ["state", "mode", "after", "head"],
    },
    "StreamClosing": {
        "type": "object",
        "description": "Why the service ends the stream, and when to come back.",
        "properties": {
            "state": {"const": "closing"},
            "reason": {"enum": ["draining", "max_age", "signed_out", "disabled", "slow", "limit"]},
            "cause": {
                "enum": ["password_changed"],
                "description": mark("Why somebody was signed out, if not by signing out."),
            },
            "retry_ms": {"type": "integer", "minimum": 0},
        },
        "required": ["state", "reason", "retry_ms"],
    },
    "StreamOver": {
        "type": "object",
        "description": "Nothing will follow: the challenge is over, and its last message was sent.",
        "properties": {
            "state": {"const": "over"},
            "topic": {"type": "string", "description": mark("On a stream of several topics.")},
        },
        "required": ["state"],
    },
    "StreamRefused": {
        "type": "object",
        "description": "On a stream of several topics: this one is not followed, and why.",
        "properties": {
            "state": {"const": "refused"},
            "topic": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "required": ["state", "topic", "status", "detail"],
    },
}


def reference(name: str) -> Schema:
    return {"$ref": _REF + name}


def message_name(message: MessageType) -> str:
    """Return the name of a message's schema: ChallengeUpdateMessage for `challenge.update`."""
    words = re.split(r"[._]", message.name)
    return "".join(word.capitalize() for word in words) + "Message"


def message_schemas() -> dict[str, Schema]:
    """Return the schemas of all payloads, of each message, and of any message (`Message`)."""
    wanted: list[tuple[str, Literal["serialization"], TypeAdapter[Any]]] = [
        (message.name, "serialization", TypeAdapter(message.payload))
        for message in MESSAGE_TYPES.values()
    ]
    _, found = TypeAdapter.json_schemas(wanted, ref_template=_REF + "{model}")
    schemas: dict[str, Schema] = name_values(found["$defs"]) | VALUE_SCHEMAS
    for message in MESSAGE_TYPES.values():
        schemas[message_name(message)] = _message(message)
    schemas["Message"] = _any_of([message_name(message) for message in MESSAGE_TYPES.values()])
    for schema in schemas.values():
        mark_moments(schema)
    return schemas


def name_values(part: Any) -> Any:
    """Return a part of a document with references to the lists of values that have a name."""
    if isinstance(part, list):
        return [name_values(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    for name, schema in VALUE_SCHEMAS.items():
        if part.get("enum") == schema["enum"]:
            return reference(name)
    return {key: name_values(value) for key, value in part.items()}


def mark_moments(schema: Schema) -> None:
    """Say of every property that holds a moment that it does, in the format of RFC 3339."""
    for name, value in schema.get("properties", {}).items():
        if _MOMENT.search(name):
            for part in value.get("anyOf", [value]):
                if part.get("type") == "string":
                    part["format"] = "date-time"


def _message(message: MessageType) -> Schema:
    payload = message.payload.__name__
    return {
        "type": "object",
        "title": message_name(message),
        "description": message.summary,
        "properties": {
            "id": {
                "type": "integer",
                "minimum": 1,
                "description": mark(
                    "The number of the message in its topic, where it is polled, and on"
                    " WebSockets opened with `?ids=1`. On a stream of Server-Sent Events it is the"
                    " event's own id."
                ),
            },
            "type": {"type": "string", "const": message.name},
            "payload": reference(payload),
        },
        "required": ["type", "payload"],
    }


def _any_of(names: list[str]) -> Schema:
    return {
        "title": "Message",
        "description": "Any message of a stream, told apart by `type`.",
        "oneOf": [reference(name) for name in names],
        "discriminator": {
            "propertyName": "type",
            "mapping": {
                message.name: _REF + message_name(message) for message in MESSAGE_TYPES.values()
            },
        },
    }
