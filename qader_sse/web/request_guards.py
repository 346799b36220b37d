"""The checks that every request passes before its view runs."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

from flask import Flask, Request, Response
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
)

from qader_sse.domain.i18n import mark
from qader_sse.extensions import login_manager
from qader_sse.flask_context import current_request, this_app
from qader_sse.limits.table import ACTIONS
from qader_sse.service import service
from qader_sse.web import origins, unknown_input
from qader_sse.web.authentication import viewer
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.error_texts import NOT_AN_OBJECT
from qader_sse.web.yielding import yield_to_others

View = TypeVar("View", bound=Callable[..., object])

_SAFE = ("GET", "HEAD", "OPTIONS")
# A client that is still sending its body does not read the answer. So of a body that is refused,
# up to this much is read and discarded.
_MAX_DISCARDED_BYTES = 32 * 1024 * 1024
_MAX_DISCARDING_SECONDS = 10
_PUBLIC = "qader_sse_public"


def public(view: View) -> View:
    """Mark a view that needs no session; all other views answer 401 without one."""
    setattr(view, _PUBLIC, True)
    return view


def register(app: Flask) -> None:
    # Pages are served during an outage of the database; Flask-Login's context processor would
    # read the user in each of them.
    login_manager.init_app(app, add_context_processor=False)
    app.before_request(_check)
    origins.register(app)


def is_public(endpoint: str) -> bool:
    if endpoint == "static":
        return True
    return getattr(this_app().view_functions[endpoint], _PUBLIC, False)


def _check() -> Response | None:
    """Run the checks in turn, until one of them raises or returns an answer."""
    request = current_request()
    for check in _CHECKS:
        answer = check(request)
        if answer is not None:
            return answer
    return None


def _require_known_page(request: Request) -> Response | None:
    return origins.answer_or_refuse(request, lambda: _only_reads(request))


def _only_reads(request: Request) -> bool:
    """Return whether a request only reads, and not as a user."""
    return request.method in _SAFE and (request.endpoint is None or is_public(request.endpoint))


def _require_signed_in(request: Request) -> None:
    if request.endpoint is None or request.method == "OPTIONS" or is_public(request.endpoint):
        return
    if request.url_rule is not None and request.url_rule.websocket:
        return  # a WebSocket is refused by a close code after its handshake, which its view sends
    user_id = viewer().user_id
    if request.path.startswith("/api/"):
        service().shares.spend(ACTIONS, user_id)


def _require_json(request: Request) -> None:
    """Refuse a body that is too large, not JSON, or not an object."""
    if request.method in _SAFE:
        return
    limit, length = service().settings.max_body_bytes, request.content_length
    if (length or 0) > limit:
        _refuse_too_large(request)
    data = _body(request)
    # A chunked body has no Content-Length; Werkzeug stops reading it at MAX_CONTENT_LENGTH.
    if length is None and len(data) > limit:
        _refuse_too_large(request)
    if data:
        _require_object(request)


def _body(request: Request) -> bytes:
    try:
        return request.get_data(cache=True)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  # cut, stalled or malformed: servers raise different errors
        raise BadRequest from None


def _require_object(request: Request) -> None:
    try:
        body = request.get_json()  # raises UnsupportedMediaType, unless it calls itself JSON
    except (BadRequest, RecursionError):
        raise InvalidInput("detail", mark("The body is not valid JSON.")) from None
    if not isinstance(body, dict):
        raise InvalidInput("detail", NOT_AN_OBJECT)


def _refuse_too_large(request: Request) -> NoReturn:
    left = min(request.content_length or _MAX_DISCARDED_BYTES, _MAX_DISCARDED_BYTES)
    give_up_at = time.monotonic() + _MAX_DISCARDING_SECONDS
    with suppress(Exception):  # a body that breaks off gets the same answer
        while left > 0 and time.monotonic() < give_up_at:
            chunk = request.environ["wsgi.input"].read(min(left, 64 * 1024))
            if not chunk:
                break
            left -= len(chunk)
    raise RequestEntityTooLarge


_CHECKS: tuple[Callable[[Request], Response | None], ...] = (
    yield_to_others,
    _require_known_page,
    _require_signed_in,
    _require_json,
    unknown_input.answer_unknown,
)
