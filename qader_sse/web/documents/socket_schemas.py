"""The schemas of what only a WebSocket has: a message to the service, and those about itself."""

from qader_sse.web.documents.schemas import Schema, reference

MARK_READY: Schema = {
    "type": "object",
    "properties": {"type": {"const": "mark_ready"}},
    "required": ["type"],
    "additionalProperties": False,
}
# What a WebSocket says of itself, if it was opened with `?ids=1`.
SOCKET_CONTROL: Schema = {
    "type": "object",
    "properties": {
        "type": {"const": "stream"},
        "payload": {
            "oneOf": [reference(name) for name in ("StreamOpened", "StreamClosing", "StreamOver")]
        },
    },
    "required": ["type", "payload"],
}
READY_CONFIRMATION: Schema = {
    "type": "object",
    "properties": {
        "type": {"const": "ready_confirmation"},
        "payload": {
            "type": "object",
            "properties": {
                "user_status": {"const": "ready"},
                "challenge_status": {"type": "string"},
                "challenge_started": {"type": "boolean"},
                "detail": {"type": "string"},
            },
            "required": ["user_status", "challenge_status", "challenge_started", "detail"],
        },
    },
    "required": ["type", "payload"],
}
