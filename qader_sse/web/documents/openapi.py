"""The OpenAPI document: what flask-openapi3 makes of the views, completed by rules for all of them.

The library writes down each view's own parameters, body and success. What all views have in common
is added here in one place, so that a new view is described in full from its first day.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from flask_openapi3.openapi import OpenAPI

from qader_sse.version import VERSION
from qader_sse.web.documents import examples, links, operations
from qader_sse.web.documents.operations import View
from qader_sse.web.documents.schemas import (
    CONTROL_SCHEMAS,
    Schema,
    mark_moments,
    message_schemas,
    name_values,
    reference,
)
from qader_sse.web.unknown_input import CACHE_BUSTER

Document = dict[str, Any]

_HEAD: Document = {
    "info": {
        "title": "qader_sse",
        "version": VERSION,
        "summary": "Live quiz duels: the REST interface and the streams of Server-Sent Events.",
        "description": "How messages travel, resume and end is told in `docs/protocol.md` of the"
        " project; the WebSockets are in the AsyncAPI document, `/asyncapi.json`.\n\n"
        "A parameter or a field that an operation does not list is refused with a 400 that names"
        f" it; so is a parameter that comes twice. The parameter `{CACHE_BUSTER}`, which libraries"
        " add to get round caches, is ignored. On streams, all parameters that are not listed are"
        " ignored.\n\n"
        "Errors are JSON. To a request that prefers `text/html` to JSON, as a browser's that opens"
        " an address, they are a page for people.",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "servers": [
        {"url": "/", "description": "Texts in the language that the client asks for."},
        {"url": "/ar", "description": "Texts in Arabic."},
        {"url": "/en", "description": "Texts in English."},
    ],
    "tags": [
        {"name": name, "description": text} for name, text in operations.TAG_DESCRIPTIONS.items()
    ],
}
_METHODS = ("get", "post", "put", "patch", "delete")
_REF = "#/components/schemas/"


def complete(app: OpenAPI, is_public: Callable[[str], bool]) -> Document:
    """Return the document of an app. `is_public` says of an endpoint whether it needs no session."""
    document: Document = name_values(app.api_doc) | _HEAD
    schemas: dict[str, Schema] = document["components"]["schemas"]
    schemas.update(message_schemas(), **CONTROL_SCHEMAS)
    schemas["StreamMessage"] = reference("Message")  # what polls return
    for schema in schemas.values():
        mark_moments(schema)
    views = dict(_views(app, is_public))
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operations.complete(methods[method], views[method, path])
                examples.add(methods[method])
                links.add(methods[method])
    _leave_out_null_defaults(document)
    aliases = _aliases(schemas)
    replaced: Document = _replace_aliases(document, aliases)
    for name in aliases:
        del replaced["components"]["schemas"][name]
    return replaced


def below(prefix: str, document: Document) -> Document:
    """Return the document of a service whose paths all begin with a prefix, such as `/duels`."""
    servers = [server | {"url": prefix + server["url"]} for server in document["servers"]]
    return document | {"servers": servers}


def _views(
    app: OpenAPI, is_public: Callable[[str], bool]
) -> Iterator[tuple[tuple[str, str], View]]:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            view = View(rule.endpoint, is_public(rule.endpoint), method.lower())
            yield (method.lower(), path), view


def _aliases(schemas: dict[str, Schema]) -> dict[str, str]:
    """Return the schemas that only give another one a second name, with the first one's reference.

    The library needs a class for each answer, and most answers are payloads that have a name.
    Generators of clients would make two classes of one shape.
    """
    return {
        name: schema["$ref"]
        for name, schema in schemas.items()
        if "$ref" in schema and set(schema) <= {"$ref", "title", "description"}
    }


def _replace_aliases(part: Any, aliases: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_replace_aliases(inner, aliases) for inner in part]
    if not isinstance(part, dict):
        return part
    replaced = {name: _replace_aliases(inner, aliases) for name, inner in part.items()}
    target = part.get("$ref")
    if isinstance(target, str) and target.removeprefix(_REF) in aliases:
        replaced["$ref"] = aliases[target.removeprefix(_REF)]
    return replaced


def _leave_out_null_defaults(part: Any) -> None:
    """Leave out that a field which may be missing defaults to null.

    Generators take a field with a default for one that is always there, and ask their users for it.
    """
    if isinstance(part, list):
        for inner in part:
            _leave_out_null_defaults(inner)
    elif isinstance(part, dict):
        if "default" in part and part["default"] is None:
            del part["default"]
        for inner in part.values():
            _leave_out_null_defaults(inner)
