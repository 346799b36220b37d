"""What the page at `/docs/events/` shows of the AsyncAPI document, in the reader's language."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from qader_sse.web.documents.schemas import Schema

Document = dict[str, Any]
Translate = Callable[[str], str]

_PROTOCOLS = {"sse": "Server-Sent Events", "websocket": "WebSocket"}
_JOINING = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a type: a word, or the name of an object that the page describes."""

    text: str
    is_object: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a table: a field of an object, or a parameter in the address of a channel."""

    name: str
    type: list[Term]
    text: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `key` is its name in the document; `channels` are addresses, by their names."""

    key: str
    label: str
    text: str
    example: str
    fields: list[Field]
    channels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `sent` are the messages that clients receive there, `received` those they send."""

    key: str
    label: str  # its address
    protocol: str
    text: str
    parameters: list[Field]
    sent: list[Message]
    received: list[Message]


class EventReference:
    """The channels, the messages and the objects in them, each in the document's order."""

    def __init__(self, document: Document, translate: Translate) -> None:
        self._document, self._translate = document, translate
        self._schemas: dict[str, Schema] = document["components"]["schemas"]
        found = {key: self._message(key) for key in document["components"]["messages"]}
        self.messages = list(found.values())
        self.channels = [self._channel(key, found) for key in document["channels"]]
        self.objects = {
            name: list(self._fields(self._schemas[name])) for name in self._named(self.messages)
        }

    def _message(self, key: str) -> Message:
        described = self._document["components"]["messages"][key]
        schema = self._resolved(described["payload"])
        return Message(
            key,
            described["title"],
            self._translate(described["summary"]),
            _as_text(described["examples"][0]["payload"]),
            list(self._fields(schema)),
            {
                name: channel["address"]
                for name, channel in self._document["channels"].items()
                if key in channel["messages"]
            },
        )

    def _channel(self, key: str, messages: dict[str, Message]) -> Channel:
        described = self._document["channels"][key]
        server = described["servers"][0]["$ref"].rpartition("/")[2]
        found: dict[str, list[Message]] = {"send": [], "receive": []} | {
            action: [messages[_last(reference)] for reference in operation["messages"]]
            for action, operation in self._operations(key)
        }
        return Channel(
            key,
            described["address"],
            _PROTOCOLS[server],
            self._translate(described["summary"]),
            list(self._fields(self._query(key))),
            found["send"],
            found["receive"],
        )

    def _operations(self, channel: str) -> Iterator[tuple[str, Document]]:
        for operation in self._document["operations"].values():
            if _last(operation["channel"]) == channel:
                yield operation["action"], operation

    def _query(self, channel: str) -> Schema:
        """Return the parameters in the address: of a WebSocket's channel, or of its operation."""
        described = [self._document["channels"][channel]]
        described += [operation for _, operation in self._operations(channel)]
        bindings = [part["bindings"] for part in described if "bindings" in part]
        query: Schema = next(iter(bindings[0].values()))["query"]
        return query

    def _fields(self, schema: Schema) -> Iterator[Field]:
        for name, inner in schema.get("properties", {}).items():
            text = self._translate(inner["description"]) if "description" in inner else ""
            is_optional = name not in schema.get("required", ())
            yield Field(name, list(self._type(inner)), text, is_optional)

    def _type(self, schema: Schema) -> Iterator[Term]:
        if "$ref" in schema and "properties" in self._resolved(schema):
            yield Term(_last(schema), is_object=True)
        elif "$ref" in schema:
            yield from self._type(self._resolved(schema))
        elif joined := [part for name in _JOINING for part in schema.get(name, ())]:
            yield from self._joined(joined)
        elif "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            yield Term(" | ".join(json.dumps(value) for value in values))
        elif schema.get("type") == "array":
            yield from self._type(schema["items"])
            yield Term("[]")
        else:
            yield Term(str(schema.get("format", schema.get("type", "object"))))

    def _joined(self, parts: list[Schema]) -> Iterator[Term]:
        for number, part in enumerate(parts):
            if number:
                yield Term(" | ")
            yield from self._type(part)

    def _resolved(self, schema: Schema) -> Schema:
        return self._schemas[_last(schema)] if "$ref" in schema else schema

    def _named(self, messages: list[Message]) -> list[str]:
        """Return the objects that the messages name, and those that these name."""
        described = {message.key for message in messages}
        found: dict[str, None] = {}
        waiting = [term for message in messages for term in _objects(message.fields)]
        while waiting:
            name = waiting.pop(0)
            if name not in found and name not in described:
                found[name] = None
                waiting += _objects(list(self._fields(self._schemas[name])))
        return list(found)


def _objects(fields: list[Field]) -> list[str]:
    return [term.text for field in fields for term in field.type if term.is_object]


def _last(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _as_text(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)
