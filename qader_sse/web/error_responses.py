"""Error responses: a status and a JSON body in the user's language for each kind of error.

The sentences are in `error_texts.py`. A body has the shape that deployed clients parse:
`{"detail": "…"}`, or `{"<field>": ["…"]}` if a field is wrong.
"""

import logging
import time
from collections.abc import Mapping
from itertools import islice

from flask import Flask, Response, jsonify, make_response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing.exceptions import WebsocketMismatch

from qader_sse.domain import violations as rule
from qader_sse.domain.i18n import translate, translate_number
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.use_cases.passwords import TooManyWaiting
from qader_sse.web.error_texts import (
    NO_SUCH_PAGE,
    NOT_AN_OBJECT,
    REFUSALS,
    field_text,
    http_text,
    unavailable_text,
    violation_text,
)
from qader_sse.web.limit_texts import seconds_to_wait
from qader_sse.web.locale import current_locale

logger = logging.getLogger(__name__)

# Whoever goes on at once after a refusal for a limit would have each worker do nothing else: twenty
# connections without a pause held up the answers of all others by 40 ms. Waiting costs nothing.
LIMIT_PAUSE_SECONDS = 0.25

# A body may hold thousands of fields that nobody knows, also from people who are not signed in. To
# name them all took 40 ms of a worker, and five times as many bytes as the body has.
_MAX_NAMED = 20


class InvalidInput(Exception):
    """Input that is refused before any rule: the field that is wrong, or `detail`, and the text."""

    def __init__(self, field: str, text: str, **fields: object) -> None:
        super().__init__(text)
        self.field = field
        self.text = text
        self.fields = fields


class NoSuchPage(Exception):
    """A list has fewer pages."""

    def __init__(self, page: int, count: int) -> None:
        super().__init__(page, count)
        self.page = page
        self.count = count


def register(app: Flask) -> None:
    app.register_error_handler(rule.RuleViolation, _violation_response)
    app.register_error_handler(rule.LimitReached, _limit_reached)
    app.register_error_handler(InvalidInput, _invalid_input)
    app.register_error_handler(NoSuchPage, _no_such_page)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(WebsocketMismatch, _not_a_websocket)
    app.register_error_handler(StoreUnavailable, unavailable_response)
    app.register_error_handler(TooManyWaiting, _too_many_waiting)
    app.register_error_handler(Exception, _unexpected)


def _violation_response(violation: rule.RuleViolation) -> Response:
    refusal = REFUSALS[type(violation)]
    text = violation_text(violation, current_locale())
    return _answer(refusal.status, refusal.field, text)


def _limit_reached(violation: rule.LimitReached) -> Response:
    service().shares.note_refusal(violation)
    time.sleep(LIMIT_PAUSE_SECONDS)
    response = _violation_response(violation)
    response.headers["Retry-After"] = str(seconds_to_wait(violation))
    return response


def validation_response(error: ValidationError) -> Response:
    """Answer input that does not fit its model, with the reason for each of the first wrong fields."""
    body: dict[str, list[str]] = {}
    for found in error.errors(include_url=False, include_input=False)[:_MAX_NAMED]:
        if found["type"] in ("model_type", "model_attributes_type"):
            return _answer(400, "detail", translate(current_locale(), NOT_AN_OBJECT))
        name = _sendable(str(found["loc"][0])) if found["loc"] else "non_field_errors"
        text = field_text(current_locale(), found["type"], found.get("ctx", {}))
        body.setdefault(name, []).append(text)
    return make_response(jsonify(body), 400)


def fields_response(mistakes: Mapping[str, str]) -> Response:
    """Answer fields or parameters that are wrong, each with its text, not yet translated."""
    named = islice(mistakes.items(), _MAX_NAMED)
    body = {_sendable(name): [translate(current_locale(), text)] for name, text in named}
    return make_response(jsonify(body), 400)


def http_response(status: int) -> Response:
    return _answer(status, "detail", http_text(status, current_locale()))


def unavailable_response(error: StoreUnavailable) -> Response:
    response = _answer(503, "detail", unavailable_text(error, current_locale()))
    response.headers["Retry-After"] = "2"
    return response


def _too_many_waiting(error: TooManyWaiting) -> Response:
    response = http_response(503)
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _invalid_input(error: InvalidInput) -> Response:
    return _answer(400, error.field, translate(current_locale(), error.text, **error.fields))


def _no_such_page(missing: NoSuchPage) -> Response:
    text = translate_number(current_locale(), NO_SUCH_PAGE, missing.count, page=missing.page)
    return _answer(404, "detail", text)


def _not_a_websocket(mismatch: WebsocketMismatch) -> Response:
    if request.environ.get("HTTP_UPGRADE", "").lower() == "websocket" and _asks_for_upgrade():
        return http_response(400)  # a handshake at an address that serves no WebSocket
    response = http_response(426)
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "upgrade"
    return response


def _asks_for_upgrade() -> bool:
    return "upgrade" in request.headers.get("Connection", "").lower()


def _http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    response = http_response(error.code)
    if error.code == 405 and "Allow" in error.get_response().headers:
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _unexpected(error: Exception) -> Response:
    logger.error("unexpected error", exc_info=error)
    return http_response(InternalServerError.code)


def _answer(status: int, field: str, text: str) -> Response:
    return make_response(jsonify({field: text if field == "detail" else [text]}), status)


def _sendable(name: str) -> str:
    """Return a name that the client has sent, without lone surrogates, which no answer can hold."""
    return name.encode(errors="replace").decode()
