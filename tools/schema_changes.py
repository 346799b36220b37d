"""Compares two JSON schemas: what of a change would surprise a client that knows the former one.

What a client *receives* may only become narrower, because it understands what it knew; what it
*sends* may only become wider. Both are one question: is all that one schema describes described by
the other one as well?
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = dict[str, Any]
Direction = Literal["sent", "received"]

_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
# What bounds the values that a client sends; the other way round, it tells a client nothing.
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents, for the references in their schemas, and who sends what is compared."""

    old: Schema
    new: Schema
    direction: Direction
    _compared: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def changes(self, old: Schema, new: Schema, where: str) -> list[str]:
        """Return a sentence for each change that a client of the old schema does not bear.

        What is wrong within a schema that has a name is said of this name, wherever it is used.
        """
        narrow, wide = (old, new) if self.direction == "sent" else (new, old)
        return self._uncovered(narrow, wide, where)

    def _uncovered(self, narrow: Schema, wide: Schema, where: str) -> list[str]:
        names = (narrow.get("$ref", ""), wide.get("$ref", ""))
        if not all(names):
            return list(self._without_counterpart(narrow, wide, where))
        if names not in self._compared:
            self._compared[names] = []  # for a schema that holds itself
            if names[0] == names[1]:
                where = names[0].rpartition("/")[2]
            self._compared[names] = list(self._without_counterpart(narrow, wide, where))
        return self._compared[names]

    def _without_counterpart(self, narrow: Schema, wide: Schema, where: str) -> Iterator[str]:
        documents = (self.old, self.new) if self.direction == "sent" else (self.new, self.old)
        candidates = list(_alternatives(documents[1], wide))
        for name, part in _alternatives(documents[0], narrow):
            found = [
                (
                    _match(part, other),
                    list(self._differences(part, other, _place(name, known, where))),
                )
                for known, other in candidates
            ]
            if not any(is_alike and not differences for is_alike, differences in found):
                alike = [differences for is_alike, differences in found if is_alike]
                yield from min(alike, key=len) if alike else [self._unknown(part, where)]

    def _differences(self, narrow: Schema, wide: Schema, where: str) -> Iterator[str]:
        """Compare two schemas without alternatives, if they may be two states of the same one."""
        if not _match(narrow, wide):
            return
        yield from self._values(narrow, wide, where)
        if "items" in wide:
            yield from self._uncovered(narrow.get("items", {}), wide["items"], f"{where}[]")
        if wide.get("type") == "object":
            yield from self._fields(narrow, wide, where)

    def _values(self, narrow: Schema, wide: Schema, where: str) -> Iterator[str]:
        allowed, possible = _constants(wide), _constants(narrow)
        if allowed is not None:
            if possible is None:
                yield f"{where}: {self._word('only some values are taken', 'any value may come')} now"
            else:
                for value in possible:
                    if value not in allowed:
                        yield self._unknown({"const": value}, where)
        if narrow.get("format") != wide.get("format"):
            yield f"{where}: the format has changed"
        if self.direction == "sent":
            yield from _narrower_bounds(narrow, wide, where)

    def _fields(self, narrow: Schema, wide: Schema, where: str) -> Iterator[str]:
        given, known = narrow.get("properties", {}), wide.get("properties", {})
        always = set(narrow.get("required", ()))
        for name in sorted(known.keys() - given.keys()):
            if self.direction == "received":
                yield f"{where}.{name} is gone"
            elif name in wide.get("required", ()):
                yield f"{where}.{name} is required now"
        for name in sorted(given.keys() - known.keys()):
            if self.direction == "sent" and wide.get("additionalProperties") is False:
                yield f"{where}.{name} is refused now"
        for name in sorted(given.keys() & known.keys()):
            if name in wide.get("required", ()) and name not in always:
                yield f"{where}.{name} {self._word('is required', 'may be missing')} now"
            yield from self._uncovered(given[name], known[name], f"{where}.{name}")
        others = (narrow.get("additionalProperties"), wide.get("additionalProperties"))
        if isinstance(others[0], dict) and isinstance(others[1], dict):
            yield from self._uncovered(others[0], others[1], f"{where}.*")

    def _unknown(self, part: Schema, where: str) -> str:
        return f"{where}: {_name(part)} {self._word('is refused', 'is new, and unknown to clients,')} now"

    def _word(self, of_sent: str, of_received: str) -> str:
        return of_sent if self.direction == "sent" else of_received


def resolve(document: Schema, part: Schema) -> Schema:
    """Return what a reference within a document leads to, or the part itself if it is none."""
    while "$ref" in part:
        target: Any = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        part = target
    return part


def _alternatives(document: Schema, schema: Schema, name: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield the schemas without alternatives that a schema consists of, each with its name."""
    name = schema.get("$ref", name).rpartition("/")[2]
    schema = resolve(document, schema)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            for part in schema[key]:
                yield from _alternatives(document, part, name)
            return
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        yield name, schema | {"type": kind}


def _place(name: str, other_name: str, where: str) -> str:
    """Return what a sentence is about: a schema that kept its name, or the place it is used at."""
    return name if name and name == other_name else where


def _match(narrow: Schema, wide: Schema) -> bool:
    """Return whether two schemas may be two states of the same thing."""
    kinds = _kind(narrow), _kind(wide)
    if kinds[1] is None or kinds == ("integer", "number"):
        return True
    return kinds[0] == kinds[1] and _labels(narrow) == _labels(wide)


def _labels(schema: Schema) -> dict[str, Any]:
    """Return the constants by which the alternatives of a union are told apart: `type`, `state`."""
    return {
        name: part["const"]
        for name, part in schema.get("properties", {}).items()
        if name in ("type", "state") and "const" in part
    }


def _kind(schema: Schema) -> str | None:
    constants = _constants(schema)
    if schema.get("type") is None and constants:
        return _KINDS[type(constants[0])]
    kind: str | None = schema.get("type")
    return kind


def _constants(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _narrower_bounds(narrow: Schema, wide: Schema, where: str) -> Iterator[str]:
    for name in _LEAST:
        if name in wide and narrow.get(name, float("-inf")) < wide[name]:
            yield f"{where}: {name} is {wide[name]} now"
    for name in _MOST:
        if name in wide and narrow.get(name, float("inf")) > wide[name]:
            yield f"{where}: {name} is {wide[name]} now"
    if "pattern" in wide and narrow.get("pattern") != wide["pattern"]:
        yield f"{where}: the pattern has changed"


def _name(schema: Schema) -> str:
    constants = _constants(schema)
    if constants is not None and len(constants) == 1:
        return repr(constants[0])
    labels = [str(label) for label in _labels(schema).values()]
    return " ".join([*labels, str(_kind(schema) or "any value")])
