"""What in an answer or a message is not as the published documents have it.

Schemas are read strictly: a field that they do not name is a fault. For clients the documents leave
room for more fields; here it would hide one that the documents forgot.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator

Document = dict[str, Any]

_LOCALE = re.compile(r"^/(ar|en)(?=/)")
_METHODS = ("get", "post", "put", "patch", "delete")
# How an address is refused that has no operation: other methods, other paths, without the last slash.
_ERROR = {
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}
}
_REFUSALS: Document = {
    **dict.fromkeys(("400", "403", "404", "405", "413", "415"), _ERROR),
    "308": _ERROR | {"headers": {"Location": {"schema": {"type": "string"}}}},
}
# The headers that say something of this interface. The others are those of all of HTTP.
_OWN_HEADERS = ("Retry-After", "Viewer-Id", "Set-Cookie", "Location", "WWW-Authenticate")
_INTERFACE = ("/api/", "/sse/challenges/", "/sse/stream")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body if that is JSON."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]  # by names in lower case
    body: bytes = b""
    accept: str = ""  # the header of the request

    @property
    def is_page(self) -> bool:
        """Whether it tells a person in a browser what programs get as JSON."""
        return self.status >= 300 and self.content_type == "text/html" == self.accept[:9]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"


class Published:
    """Both documents, with the checks of their schemas."""

    def __init__(self, openapi: Document, asyncapi: Document) -> None:
        self._openapi, self._asyncapi = _closed(openapi), _closed(asyncapi)
        self._validators: dict[int, Draft202012Validator] = {}
        self._operations = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), method.upper(), operation)
            for path, methods in sorted(self._openapi["paths"].items())
            for method, operation in methods.items()
            if method in _METHODS
        ]

    def answer_faults(self, answer: Answer) -> Iterator[str]:
        """Yield what the OpenAPI document does not say of this answer."""
        path = _LOCALE.sub("", answer.path)
        if not path.startswith(_INTERFACE) or answer.method == "OPTIONS":
            return
        if path.startswith("/sse/") and not path.endswith("/"):
            path += "/"  # streams open without the last slash, too
        operation = self._operation("GET" if answer.method == "HEAD" else answer.method, path)
        responses = operation["responses"] if operation else _REFUSALS
        response = responses.get(str(answer.status), responses.get("default"))
        found = (
            ["the status is not declared"]
            if response is None
            else [*self._header_faults(response, answer), *self._body_faults(response, answer)]
        )
        yield from (f"{answer}: {fault}" for fault in found)

    def message_faults(self, topic: str, content: Any) -> Iterator[str]:
        """Yield what the AsyncAPI document does not say of a message of a topic.

        The topic is the first word of its name: `challenge` or `user`; or `control` for what a
        stream says of itself, and `connection` for what answers the messages of one WebSocket.
        """
        schemas = list(self._schemas_of(topic, content))
        if not schemas:
            yield f"{topic}: no channel has a message like {_shortened(content)}"
        for schema in schemas:
            for fault in self._faults(self._asyncapi, schema, content):
                yield f"{topic}: {content.get('type', content.get('state'))}: {fault}"

    def _operation(self, method: str, path: str) -> Document | None:
        return next(
            (
                found
                for paths, m, found in self._operations
                if m == method and paths.fullmatch(path)
            ),
            None,
        )

    def _header_faults(self, response: Document, answer: Answer) -> Iterator[str]:
        declared = response.get("headers", {})
        for name, header in declared.items():
            value = answer.headers.get(name.lower())
            if value is None and header.get("required"):
                yield f"the header {name} is missing"
            elif value is not None:
                read = int(value) if value.isdecimal() else value
                for fault in self._faults(self._openapi, header["schema"], read):
                    yield f"the header {name}: {fault}"
        for name in _OWN_HEADERS:
            if name.lower() in answer.headers and name not in declared:
                yield f"the header {name} is not declared"

    def _body_faults(self, response: Document, answer: Answer) -> Iterator[str]:
        content = response.get("content", {})
        if answer.method == "HEAD" or answer.is_page or not (content or answer.body):
            return
        if answer.content_type not in content:
            yield f"the content type {answer.content_type!r} is not declared"
        elif answer.content_type == "application/json":
            schema = content["application/json"]["schema"]
            yield from self._faults(self._openapi, schema, json.loads(answer.body))

    def _schemas_of(self, topic: str, content: Mapping[str, Any]) -> Iterator[Document]:
        """Yield the schemas of a message's type on each channel of a topic."""
        messages = self._asyncapi["components"]["messages"]
        for channel in self._asyncapi["channels"].values():
            if _is_of(topic, channel["address"]):
                for name in channel["messages"]:
                    payload = messages[name]["payload"]
                    if _is_like(self._resolved(payload), content):
                        yield payload

    def _resolved(self, schema: Document) -> Document:
        found = self._asyncapi["components"]["schemas"]
        name = schema.get("$ref", "").rpartition("/")[2]
        resolved: Document = found[name] if name else schema
        return resolved

    def _faults(self, document: Document, schema: Document, content: Any) -> Iterator[str]:
        validator = self._validators.get(id(schema))
        if validator is None:
            whole = {**schema, "components": document["components"]}
            validator = Draft202012Validator(whole, validate_formats=True)
            self._validators[id(schema)] = validator
        if not validator.is_valid(content):
            for error in validator.iter_errors(content):
                place = "/".join(map(str, error.instance_path))
                yield f"{place or 'the whole'}: {_shortened(error.message)}"


def _is_of(topic: str, address: str) -> bool:
    if topic == "control":
        return address in ("/sse/stream/", "/ws/challenges/{challenge_id}/")
    if topic == "connection":
        return address == "/ws/challenges/{challenge_id}/"
    single = "notifications" if topic == "user" else "{challenge_id}"
    return single in address or address == "/sse/stream/"


def _is_like(schema: Document, content: Mapping[str, Any]) -> bool:
    """Return whether a schema is the one of this type, or of this state of a stream."""
    return any(
        name in content and schema["properties"].get(name, {}).get("const") == content[name]
        for name in ("type", "state")
    )


def _closed(part: Any) -> Any:
    """Return a copy in which no object has room for fields that are not named."""
    if isinstance(part, list):
        return [_closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(inner) for name, inner in part.items()}
    if part.get("type") == "object" and "properties" in part:
        closed.setdefault("additionalProperties", False)
    return closed


def _shortened(content: Any) -> str:
    text = str(content)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
