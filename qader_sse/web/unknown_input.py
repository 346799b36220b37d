"""Refuses what a call of REST does not read: unknown parameters, and fields where none are taken.

A misspelt filter that passed unnoticed would show everything. Fields that the model of a body does
not know are refused by the model itself. Pages, files and streams ignore what they do not know:
libraries add parameters of their own to the address of a stream, and a 400 would stop an
EventSource for good.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, get_type_hints

from flask import Request, Response
from pydantic import BaseModel

from qader_sse.domain.i18n import mark
from qader_sse.flask_context import this_app
from qader_sse.web.error_responses import fields_response
from qader_sse.web.error_texts import NO_SUCH_FIELD

# Libraries add this to every address to get round caches, as jQuery does with `cache: false`.
CACHE_BUSTER = "_"

NO_SUCH_PARAMETER = mark("There is no such parameter here. Leave it out.")
NAMED_TWICE = mark("This stands in the address more than once. Write it once.")


def answer_unknown(request: Request) -> Response | None:
    """Return a 400 that names what the call does not read, or None if it reads everything."""
    if (
        request.endpoint is None
        or request.method == "OPTIONS"
        or not request.path.startswith("/api/")
    ):
        return None
    models = _models(this_app().view_functions[request.endpoint])
    mistakes = _wrong_parameters(request, models.get("query"))
    if "body" not in models:
        mistakes |= dict.fromkeys(_sent_fields(request), NO_SUCH_FIELD)
    return fields_response(mistakes) if mistakes else None


@lru_cache(maxsize=256)
def _models(view: Callable[..., object]) -> Mapping[str, Any]:
    """Return the models of the parts of a request that a view reads: `path`, `query`, `body` …"""
    return get_type_hints(view)


def _wrong_parameters(request: Request, model: type[BaseModel] | None) -> dict[str, str]:
    if not request.query_string:
        return {}
    fields = model.model_fields if model else {}
    known = {field.alias or name for name, field in fields.items()}
    unknown = set(request.args) - known - {CACHE_BUSTER}
    repeated = [name for name in known if len(request.args.getlist(name)) > 1]
    return dict.fromkeys(sorted(unknown), NO_SUCH_PARAMETER) | dict.fromkeys(repeated, NAMED_TWICE)


def _sent_fields(request: Request) -> list[str]:
    # A body that is not an object was refused before; that of a GET has no meaning (RFC 9110, 9.3.1).
    if request.method in ("GET", "HEAD") or not request.get_data(cache=True):
        return []
    return list(request.get_json())
