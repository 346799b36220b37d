"""The AsyncAPI document: the streams, with every message on each.

It speaks for the service: what it *sends* is what clients receive.
"""

from functools import lru_cache
from typing import Any

from qader_sse.domain.i18n import mark
from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.version import VERSION
from qader_sse.web.documents import examples
from qader_sse.web.documents.channels import CHANNELS, Channel
from qader_sse.web.documents.schemas import (
    CONTROL_SCHEMAS,
    Schema,
    message_name,
    message_schemas,
    reference,
)
from qader_sse.web.documents.socket_schemas import MARK_READY, READY_CONFIRMATION, SOCKET_CONTROL

Document = dict[str, Any]

_CONTROLS = {
    "StreamOpened": mark("How a topic begins."),
    "StreamClosing": mark("Why the service ends the stream."),
    "StreamOver": mark("The challenge is over; nothing follows."),
    "StreamRefused": mark("A topic of several that is not followed."),
}
_CHALLENGE_ID = {"challenge_id": {"description": "The number of the challenge."}}


def document(host: str, prefix: str, *, is_secure: bool) -> Document:
    """Return the document of the service at this host, as the client named it, below a prefix."""
    path = {"pathname": prefix} if prefix else {}
    secure = "s" if is_secure else ""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "qader_sse",
            "version": VERSION,
            "description": "The streams of live quiz duels. The REST interface is in the OpenAPI"
            " document, `/openapi/openapi.json`. Parameters in an address that its channel does not"
            " list are ignored, since libraries add their own. Each address answers without its"
            " last slash, too.",
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
            "tags": [{"name": "Streams"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "sse": _server(host, f"http{secure}", "Server-Sent Events.") | path,
            "websocket": _server(host, f"ws{secure}", "WebSockets for deployed clients.") | path,
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "schemas": _schemas(),
            "messages": _messages(),
            "securitySchemes": {
                "session": {"type": "httpApiKey", "in": "cookie", "name": "sessionid"}
            },
        },
    }


def _server(host: str, protocol: str, description: str) -> Document:
    return {
        "host": host,
        "protocol": protocol,
        "description": description,
        "security": [{"$ref": "#/components/securitySchemes/session"}],
    }


@lru_cache(maxsize=1)  # anybody may ask for the document, and this takes 20 ms of computing
def _schemas() -> Document:
    found = message_schemas() | CONTROL_SCHEMAS
    del found["Message"]  # AsyncAPI tells messages apart by the channel's own list
    del found["ChallengeTypeKey"]  # only requests are limited to those of now
    return found


def _messages() -> Document:
    recorded = examples.recorded()
    found = {
        message_name(message): _message(
            message.name, message.summary, reference(message_name(message))
        )
        | _recorded(recorded["messages"][message.name])
        for message in MESSAGE_TYPES.values()
    }
    for name, summary in _CONTROLS.items():
        state = CONTROL_SCHEMAS[name]["properties"]["state"]["const"]
        found[name] = _message("stream", summary, reference(name), title=f"stream: {state}")
    found |= _of_sockets()
    for name, example in recorded["controls"].items():
        found[name] |= _recorded(example)
    return found


def _of_sockets() -> Document:
    """Return what only a WebSocket has."""
    summary = mark(
        "How the topic begins, that it is over, or why the socket is about to be"
        " closed; only with `?ids=1`."
    )
    ready = mark("The user of this connection is ready. With other fields, it is an error.")
    answer = mark("The answer to `mark_ready`.")
    return {
        "SocketState": _message("stream", summary, SOCKET_CONTROL),
        "MarkReady": _message("mark_ready", ready, MARK_READY),
        "ReadyConfirmation": _message("ready_confirmation", answer, READY_CONFIRMATION),
    }


def _message(name: str, summary: str, payload: Schema, title: str = "") -> Document:
    return {"name": name, "title": title or name, "summary": summary, "payload": payload}


def _recorded(example: Any) -> Document:
    return {"examples": [{"name": "recorded", "payload": example}]}


def _channels() -> Document:
    return {name: _channel(channel) for name, channel in CHANNELS.items()}


def _channel(channel: Channel) -> Document:
    described: Document = {
        "address": channel.address,
        "summary": channel.summary,
        "servers": [{"$ref": f"#/servers/{channel.server}"}],
        "messages": {
            message: {"$ref": f"#/components/messages/{message}"}
            for message in channel.sent + channel.received
        },
    }
    if channel.server == "websocket":
        described["bindings"] = {"ws": {"method": "GET", "query": channel.query}}
    if "{challenge_id}" in channel.address:
        described["parameters"] = _CHALLENGE_ID
    return described


def _operations() -> Document:
    found = {}
    for name, channel in CHANNELS.items():
        summary = f"What a client of {name} receives."
        operation = _operation("send", name, channel.sent, summary)
        if channel.server == "sse":
            operation["bindings"] = {"http": {"method": "GET", "query": channel.query}}
        found[f"send{name[0].upper()}{name[1:]}"] = operation
    found["receiveMarkReady"] = _operation(
        "receive", "challengeSocket", ["MarkReady"], "What a client may send."
    )
    return found


def _operation(action: str, channel: str, messages: list[str], summary: str) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "description": summary + " Every message is told apart by its `type`.",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }
