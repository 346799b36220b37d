"""What the OpenAPI document says of each operation beside its own parameters, body and success."""

from dataclasses import dataclass
from typing import Any

from qader_sse.web.documents.schemas import reference

Operation = dict[str, Any]

# Each blueprint, and the heading under which the document lists its operations.
TAGS = {
    "auth": "Accounts",
    "sessions": "Accounts",
    "tickets": "Accounts",
    "passwords": "Accounts",
    "tokens": "Accounts",
    "users": "Users",
    "challenges": "Challenges",
    "invite_links": "Challenges",
    "polling": "Polling",
    "streams": "Streams",
    "multiplexed": "Streams",
}
TAG_DESCRIPTIONS = {
    "Accounts": "Register, sign in and out, and who is signed in.",
    "Users": "Other people.",
    "Challenges": "Create challenges and act in them. Each change reaches the streams of all concerned.",
    "Polling": "The messages of the streams for clients that cannot hold a stream.",
    "Streams": "Server-Sent Events. The WebSockets are in the AsyncAPI document. Parameters that are"
    " not listed are ignored, since libraries add their own. Addresses answer without their last"
    " slash, too.",
}

_ERRORS = {
    "400": "The input is wrong, or the action is not possible at this moment.",
    "401": "Nobody is signed in.",
    "403": "Not allowed: an action of the other participant, or a page of a foreign origin.",
    "404": "There is no such thing, or it is not yours to see.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "429": "Too often. `Retry-After` says when to try again.",
    "500": "A mistake of the service, which is in its log.",
    "503": "The service is busy, or its database is away or busy. `Retry-After` says when to try again.",
}
_WITH_RETRY_AFTER = ("429", "503")
_NAMES_VIEWER = ("Polling", "Streams")
_RETRY_AFTER = {
    "description": "Seconds until it is worth trying again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}
_VIEWER_ID = {
    "description": "The id of the user whom this answer is for. A place in a stream is valid for"
    " that user only.",
    "schema": {"type": "integer", "minimum": 1},
}
# Which operations write the session's cookie, or remove it.
_SETS_COOKIE = ("register", "login", "logout", "end_session")
_SET_COOKIE = {
    "description": "The cookie `sessionid`; at the end of a session, its removal.",
    "schema": {"type": "string"},
}
_EVENT_STREAM = {
    "description": "A stream of Server-Sent Events. The data of each event is a `Message`; an event"
    " named `stream` is what the transport says of itself.",
    "content": {
        "text/event-stream": {
            "schema": {
                "oneOf": [
                    reference("Message"),
                    reference("StreamOpened"),
                    reference("StreamClosing"),
                    reference("StreamOver"),
                    reference("StreamRefused"),
                ]
            }
        }
    },
}
_LAST_EVENT_ID = [
    {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The id of the last message received, as an EventSource sends it.",
        "schema": {"type": "string"},
    },
    {
        "name": "last_event_id",
        "in": "query",
        "description": "The same for clients that cannot send the header, which wins.",
        "schema": {"type": "string"},
    },
]


@dataclass(frozen=True, slots=True)
class View:
    """The view behind an operation: its endpoint (`blueprint.function`), and who may call it."""

    endpoint: str
    is_public: bool
    method: str

    @property
    def tag(self) -> str:
        blueprint = self.endpoint.partition(".")[0]
        return TAGS.get(blueprint, blueprint.capitalize())

    @property
    def name(self) -> str:
        return self.endpoint.rpartition(".")[2]


def complete(operation: Operation, view: View) -> None:
    operation["operationId"] = view.name
    operation["tags"] = [view.tag]
    operation["security"] = [] if view.is_public else [{"session": []}, {"token": []}]
    operation.setdefault("description", operation["summary"])
    if view.tag == "Streams":
        operation["security"].append({"ticket": []})
        _describe_stream(operation)
    successes = {
        status: _with_headers(found, view)
        for status, found in operation["responses"].items()
        if status < "400"
    }
    errors = {status: _error(status, view) for status in _errors(operation, view)}
    operation["responses"] = successes | errors


def _with_headers(success: dict[str, Any], view: View) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if view.tag in _NAMES_VIEWER:
        # A stream that opens while the database is away ends at once, and knows nobody.
        headers["Viewer-Id"] = _VIEWER_ID | {"required": view.tag != "Streams"}
    if view.name in _SETS_COOKIE:
        headers["Set-Cookie"] = _SET_COOKIE
    return success | ({"headers": headers} if headers else {})


def _errors(operation: Operation, view: View) -> list[str]:
    """Return the statuses of the errors that an operation may answer with."""
    found = {status for status in operation["responses"] if status >= "400"} | {"500", "503"}
    if not view.is_public:
        found |= {"401", "403"}
        if view.tag != "Streams":
            found.add("429")
    elif "requestBody" not in operation:
        found -= {"401", "404"}  # there is nothing to refuse but what every call may have
    if view.method != "get":
        # A body is read, and the page known, before the view is asked whether it wants one.
        found |= {"400", "403", "413", "415"}
    if view.tag != "Streams":
        found.add("400")  # for what the operation does not know
    return sorted(found)


def _error(status: str, view: View) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _ERRORS[status],
        # Of bad input alone, the answer may name the fields that are wrong.
        "content": {
            "application/json": {
                "schema": reference("ErrorResponse" if status == "400" else "ErrorDetail")
            }
        },
    }
    headers: dict[str, Any] = {}
    if status in _WITH_RETRY_AFTER:
        headers["Retry-After"] = _RETRY_AFTER
    if view.tag in _NAMES_VIEWER:
        headers["Viewer-Id"] = _VIEWER_ID
    return response | ({"headers": headers} if headers else {})


def _describe_stream(operation: Operation) -> None:
    operation["responses"]["200"] = _EVENT_STREAM
    operation["responses"]["204"] = {
        "description": "The challenge is over and the client has all of it: nothing will follow."
    }
    declared = {parameter["name"] for parameter in operation.get("parameters", [])}
    operation.setdefault("parameters", []).extend(
        parameter for parameter in _LAST_EVENT_ID if parameter["name"] not in declared
    )
