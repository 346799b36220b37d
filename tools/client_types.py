"""Writes the types of `clients/js` from the OpenAPI document that the service publishes.

`make client-types` runs it, and `make documents` as well. `tests/test_client_types.py` fails when the
committed file differs from the document. Every schema becomes a type of its own name, so that a page
can write `Question` or `TokenPair`; a message is told apart by its `type`.
"""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cluster.process import ROOT
from qader_sse import create_app
from qader_sse.config import Settings

TYPES = ROOT / "clients" / "js" / "src" / "payloads.d.ts"

Schema = dict[str, Any]

_HEAD = """\
// Made from the service's OpenAPI document by `make client-types`. Do not edit.
"""
_REF = "#/components/schemas/"
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
# What narrows a value without changing its type, and what is written elsewhere.
_UNTYPED = {
    *("title", "description", "default", "examples", "format", "pattern", "discriminator"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "required", "additionalProperties"),
}
_TYPED = {"$ref", "const", "enum", "anyOf", "oneOf", "type", "items", "properties"}
_WIDTH = 118


def main() -> None:
    text = typescript(published())
    TYPES.write_text(text)
    print(f"{TYPES.name}: {text.count('export ')} types")


def published() -> dict[str, Schema]:
    """Return the schemas of the OpenAPI document, as the service answers it."""
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'unused.sqlite3'}"
        app = create_app(Settings(secret_key="unused", database_url=address))  # noqa: S106
        document = app.test_client().get("/openapi/openapi.json").get_json()
    schemas: dict[str, Schema] = document["components"]["schemas"]
    return schemas


def typescript(schemas: dict[str, Schema]) -> str:
    """Return a module of TypeScript that exports a type for each of these schemas.

    Raises ValueError for a schema that says more than is understood here.
    """
    return _HEAD + "".join(_declaration(name, schemas[name]) for name in sorted(schemas))


def _declaration(name: str, schema: Schema) -> str:
    comment = "".join(_comment(schema, ""))
    if "properties" in schema:
        return f"\n{comment}export interface {name} {_object(schema, '')}\n"
    text = _type(schema, "")
    separator = "" if text.startswith("\n") else " "
    return f"\n{comment}export type {name} ={separator}{text};\n"


def _comment(schema: Schema, indent: str) -> Iterator[str]:
    text = " ".join(schema.get("description", "").split()).replace("*/", "* /")
    if not text:
        return
    if len(indent) + len(text) + 7 <= _WIDTH:
        yield f"{indent}/** {text} */\n"
        return
    yield f"{indent}/**\n"
    for line in textwrap.wrap(text, _WIDTH - len(indent) - 3, break_on_hyphens=False):
        yield f"{indent} * {line}\n"
    yield f"{indent} */\n"


def _object(schema: Schema, indent: str) -> str:
    inner = indent + "  "
    required = schema.get("required", [])
    lines = ["{\n"]
    for name, value in schema["properties"].items():
        key = name if _NAME.match(name) else json.dumps(name)
        lines += _comment(value, inner)
        lines.append(f"{inner}{key}{'' if name in required else '?'}: {_type(value, inner)};\n")
    return "".join(lines) + indent + "}"


def _type(schema: Schema, indent: str) -> str:
    unknown = set(schema) - _TYPED - _UNTYPED
    if unknown:
        raise ValueError(f"no type can be made of {sorted(unknown)} in {schema}")
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for joined in ("anyOf", "oneOf"):
        if joined in schema:
            return _union(schema[joined], indent)
    if "properties" in schema:
        return _object(schema, indent)
    return _by_type(schema, indent)


def _union(parts: list[Schema], indent: str) -> str:
    found = list(dict.fromkeys(_type(part, indent) for part in parts))  # number is written once
    line = " | ".join(found)
    if len(indent) + len(line) < _WIDTH - 40:
        return line
    return "".join(f"\n{indent}  | {part}" for part in found)


def _by_type(schema: Schema, indent: str) -> str:
    kind = schema.get("type")
    if kind == "array":
        item = _type(schema["items"], indent)
        return f"({item})[]" if " " in item and not item.startswith("{") else f"{item}[]"
    if kind == "object":
        values = schema.get("additionalProperties", True)
        inner = _type(values, indent) if isinstance(values, dict) else "unknown"
        return f"Record<string, {inner}>"
    if isinstance(kind, list):
        return " | ".join(_PLAIN[each] for each in kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise ValueError(f"no type can be made of {schema}")


if __name__ == "__main__":
    main()
