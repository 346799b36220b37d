"""Compares two versions of the published documents: which changes break a client.

A client is a program that somebody generated or wrote from the former version, and that takes it at
its word: it sends what was possible, and understands what was described. Each change is a sentence.
"""

from collections.abc import Iterator
from typing import Any

from tools.schema_changes import Comparison, resolve

Document = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")


def openapi_changes(old: Document, new: Document) -> list[str]:
    """Return what a client of the old OpenAPI document cannot bear in the new one."""
    operations = _Operations(old, new)
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method in _METHODS:
            if method in methods:
                now = new["paths"].get(path, {}).get(method)
                found += operations.changes(methods[method], now, f"{method.upper()} {path}")
    found += _names_gone("the schema", old, new, "schemas")
    return list(dict.fromkeys(found))


def asyncapi_changes(old: Document, new: Document) -> list[str]:
    """Return what a client of the old AsyncAPI document cannot bear in the new one."""
    sent, received = Comparison(old, new, "sent"), Comparison(old, new, "received")
    found: list[str] = []
    for name, operation in old["operations"].items():
        channel = resolve(old, operation["channel"])
        where = f"{operation['action']} on {channel['address']}"
        now = new["operations"].get(name)
        if now is None or resolve(new, now["channel"])["address"] != channel["address"]:
            found.append(f"{where} is gone")
            continue
        # The document speaks for the service: what it sends is what a client receives.
        comparison = received if operation["action"] == "send" else sent
        found += comparison.changes(_payloads(old, operation), _payloads(new, now), where)
        for before, after in ((operation, now), (channel, resolve(new, now["channel"]))):
            found += _queries(sent, before, after, where)
    found += _names_gone("the schema", old, new, "schemas")
    found += _names_gone("the message", old, new, "messages")
    return list(dict.fromkeys(found))


class _Operations:
    """Compares what operations take and answer."""

    def __init__(self, old: Document, new: Document) -> None:
        self._sent = Comparison(old, new, "sent")
        self._received = Comparison(old, new, "received")

    def changes(self, old: Document, new: Document | None, where: str) -> Iterator[str]:
        if new is None:
            yield f"{where} is gone"
            return
        if old["operationId"] != new["operationId"]:
            yield f"{where} is {new['operationId']} now, and was {old['operationId']}"
        for way in old["security"] or [{}]:
            if way not in (new["security"] or [{}]):
                yield f"{where}: {_way(way)} does not suffice any more"
        yield from self._parameters(old, new, where)
        yield from self._body(old.get("requestBody"), new.get("requestBody"), f"{where}, body")
        yield from self._responses(old["responses"], new["responses"], where)

    def _parameters(self, old: Document, new: Document, of: str) -> Iterator[str]:
        before, after = (
            {(p["in"], p["name"]): p for p in found.get("parameters", ())} for found in (old, new)
        )
        for key, parameter in before.items():
            where = f"{of}, {' '.join(key)}"
            if key not in after:
                yield f"{where} is gone"
            else:
                yield from self._sent.changes(parameter["schema"], after[key]["schema"], where)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{of}, {' '.join(key)} is required now"

    def _body(self, old: Document | None, new: Document | None, where: str) -> Iterator[str]:
        if old is None:
            if new is not None and new.get("required"):
                yield f"{where} is required now"
            return
        if new is None:
            yield f"{where} is gone"
            return
        yield from _contents(self._sent, old, new, where)

    def _responses(self, old: Document, new: Document, of: str) -> Iterator[str]:
        for status in old:
            where = f"{of}, {status}"
            if status not in new:
                yield f"{where} is gone"
                continue
            yield from _contents(self._received, old[status], new[status], where)
            for header in old[status].get("headers", {}):
                if header not in new[status].get("headers", {}):
                    yield f"{where}: the header {header} is gone"
        for status in new:
            if status < "400" and status not in old:
                yield f"{of}, {status} is a success that clients do not know"


def _contents(comparison: Comparison, old: Document, new: Document, where: str) -> Iterator[str]:
    for kind, content in old.get("content", {}).items():
        if kind not in new.get("content", {}):
            yield f"{where}: {kind} is gone"
        else:
            after = new["content"][kind]
            yield from comparison.changes(content["schema"], after["schema"], where)


def _payloads(document: Document, operation: Document) -> Document:
    """Return the schema of any message of an operation."""
    messages = [resolve(document, message) for message in operation["messages"]]
    return {"oneOf": [message["payload"] for message in messages]}


def _queries(sent: Comparison, old: Document, new: Document, where: str) -> Iterator[str]:
    for transport, binding in old.get("bindings", {}).items():
        given = new.get("bindings", {}).get(transport, {}).get("query", {})
        yield from sent.changes(binding["query"], given, f"{where}, query")


def _names_gone(kind: str, old: Document, new: Document, group: str) -> Iterator[str]:
    """Generators of clients make a type of each name."""
    for name in old["components"][group]:
        if name not in new["components"][group]:
            yield f"{kind} {name} is gone"


def _way(way: Document) -> str:
    return " with ".join(way) or "a request without a session"
