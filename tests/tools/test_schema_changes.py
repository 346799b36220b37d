"""Which changes of a schema a client cannot bear: of what it sends, and of what it receives."""

from typing import Any

import pytest

from tools.schema_changes import Comparison, Direction

Schema = dict[str, Any]


def thing(required: tuple[str, ...] = ("a",), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"a": {"type": "string"}} | properties,
        "required": list(required),
    }


def message(name: str) -> Schema:
    return thing(("a", "type"), type={"const": name})


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
NULLABLE = {"anyOf": [TEXT, {"type": "null"}]}
AB, ABC = {"enum": ["A", "B"]}, {"enum": ["A", "B", "C"]}
STRICT = {"additionalProperties": False}

# The schema before, after, and what is wrong with what clients send, and with what they receive.
TABLE: dict[str, tuple[Schema, Schema, str, str]] = {
    "nothing": (thing(), thing(), "", ""),
    "a description": (TEXT, TEXT | {"description": "new"}, "", ""),
    "a new field": (thing(), thing(b=TEXT), "", ""),
    "a new required field": (thing(), thing(("a", "b"), b=TEXT), "it.b is required now", ""),
    "a field that became required": (
        thing(b=TEXT),
        thing(("a", "b"), b=TEXT),
        "it.b is required now",
        "",
    ),
    "a field that became optional": (
        thing(("a", "b"), b=TEXT),
        thing(b=TEXT),
        "",
        "it.b may be missing now",
    ),
    "a removed field": (thing(b=TEXT), thing(), "", "it.b is gone"),
    "a removed field where others are refused": (
        thing(b=TEXT),
        thing() | STRICT,
        "it.b is refused now",
        "it.b is gone",
    ),
    "another type": (
        TEXT,
        NUMBER,
        "it: string is refused now",
        "it: integer is new, and unknown to clients, now",
    ),
    "null as well": (TEXT, NULLABLE, "", "it: null is new, and unknown to clients, now"),
    "null no longer": (NULLABLE, TEXT, "it: null is refused now", ""),
    "a list of types": ({"type": ["string", "null"]}, NULLABLE, "", ""),
    "one value more": (AB, ABC, "", "it: 'C' is new, and unknown to clients, now"),
    "one value less": (ABC, AB, "it: 'C' is refused now", ""),
    "any value": (AB, TEXT, "", "it: any value may come now"),
    "some values only": (TEXT, AB, "it: only some values are taken now", ""),
    "a lower limit": (
        TEXT | {"maxLength": 9},
        TEXT | {"maxLength": 8},
        "it: maxLength is 8 now",
        "",
    ),
    "a higher limit": (TEXT | {"maxLength": 8}, TEXT | {"maxLength": 9}, "", ""),
    "a least value": (NUMBER, NUMBER | {"minimum": 0}, "it: minimum is 0 now", ""),
    "a pattern": (TEXT, TEXT | {"pattern": "^a$"}, "it: the pattern has changed", ""),
    "a format": (
        TEXT | {"format": "date-time"},
        TEXT,
        "it: the format has changed",
        "it: the format has changed",
    ),
    "whole numbers only": ({"type": "number"}, NUMBER, "it: number is refused now", ""),
    "within a list": (
        {"type": "array", "items": AB},
        {"type": "array", "items": ABC},
        "",
        "it[]: 'C' is new, and unknown to clients, now",
    ),
    "within a field": (thing(b=thing(c=TEXT)), thing(b=thing()), "", "it.b.c is gone"),
    "within a map": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": NULLABLE},
        "",
        "it.*: null is new, and unknown to clients, now",
    ),
    "a message more": (
        {"oneOf": [message("x")]},
        {"oneOf": [message("x"), message("y")]},
        "",
        "it: y object is new, and unknown to clients, now",
    ),
    "a field of one message of several": (
        {"oneOf": [message("x"), message("y") | {"required": ["a"]}]},
        {"oneOf": [message("y"), thing(("type",), type={"const": "x"})]},
        "it.type is required now",
        "it.a may be missing now",
    ),
}


def changes(direction: Direction, old: Schema, new: Schema) -> list[str]:
    return list(Comparison({}, {}, direction).changes(old, new, "it"))


@pytest.mark.parametrize("change", TABLE)
def test_each_change_is_found_where_a_client_cannot_bear_it(change: str) -> None:
    old, new, of_sent, of_received = TABLE[change]
    assert changes("sent", old, new) == ([of_sent] if of_sent else [])
    assert changes("received", old, new) == ([of_received] if of_received else [])


def test_references_are_followed_in_the_document_that_has_them() -> None:
    reference = {"$ref": "#/components/schemas/Thing"}
    old, new = ({"components": {"schemas": {"Thing": s}}} for s in (thing(b=TEXT), thing()))
    found = Comparison(old, new, "received").changes(reference, reference, "it")
    assert list(found) == ["Thing.b is gone"]


def test_a_schema_that_holds_itself_is_compared_once() -> None:
    reference = {"$ref": "#/Tree"}
    old, new = ({"Tree": thing(leaf=s, below=reference)} for s in (AB, ABC))
    found = Comparison(old, new, "received").changes(reference, reference, "it")
    assert list(found) == ["Tree.leaf: 'C' is new, and unknown to clients, now"]
