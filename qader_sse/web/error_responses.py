"""Error responses: a status and a JSON body in the user's language for each kind of error.

A body has the shape that deployed clients parse: `{"detail": "…"}`, or `{"<field>": ["…"]}` if a
field is wrong.
"""

import logging
from dataclasses import dataclass
from math import ceil
from typing import Any

from flask import Flask, Response, jsonify, make_response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError

from qader_sse.domain import violations as rule
from qader_sse.domain.i18n import mark, translate
from qader_sse.domain.presenters import STATUS_NAMES
from qader_sse.store.errors import OutcomeUnknown, StoreUnavailable
from qader_sse.web.locale import current_locale

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to one kind of violation. `text` may contain `%(status)s`."""

    status: int
    text: str
    field: str = "detail"


REFUSALS: dict[type[rule.RuleViolation], Refusal] = {
    rule.ChallengeNotFound: Refusal(
        404, mark("Challenge not found. Your own challenges are listed under /challenges/.")
    ),
    rule.NotAParticipant: Refusal(403, mark("Only the two players may follow this challenge.")),
    rule.OnlyTheOpponent: Refusal(403, mark("Only the invited opponent may do this.")),
    rule.OnlyTheChallenger: Refusal(403, mark("Only the challenger may do this.")),
    rule.CannotAccept: Refusal(
        400, mark("Only a pending invite can be accepted; this challenge is: %(status)s.")
    ),
    rule.CannotDecline: Refusal(
        400, mark("Only a pending invite can be declined; this challenge is: %(status)s.")
    ),
    rule.CannotCancel: Refusal(
        400,
        mark(
            "Only a challenge that waits for its opponent can be cancelled; this one is: %(status)s."
        ),
    ),
    rule.CannotBeReady: Refusal(
        400, mark("Nobody can get ready for this challenge any more; it is: %(status)s.")
    ),
    rule.AcceptFirst: Refusal(400, mark("Accept the invite first, then get ready.")),
    rule.NotStarted: Refusal(
        400, mark("The challenge has not started yet; it starts when both players are ready.")
    ),
    rule.AlreadyOver: Refusal(400, mark("The challenge takes no more answers; it is: %(status)s.")),
    rule.NotCompleted: Refusal(
        400, mark("This is possible once the challenge is completed; it is: %(status)s.")
    ),
    rule.Expired: Refusal(400, mark("The time for this has run out. Create a new challenge.")),
    rule.TimeIsUp: Refusal(400, mark("Time is up: answers are no longer accepted.")),
    rule.UnknownQuestion: Refusal(
        400, mark("This question is not part of the challenge."), field="question_id"
    ),
    rule.AlreadyAnswered: Refusal(
        400, mark("You have already answered this question; the first answer counts.")
    ),
    rule.TooManyInvites: Refusal(
        429,
        mark(
            "You have sent many invites in the last 24 hours that nobody has accepted."
            " Wait until one is accepted, or try again later."
        ),
    ),
    rule.KeyReused: Refusal(
        400,
        mark("This Idempotency-Key was used for another request. Use a new one for each request."),
    ),
    rule.UnknownOpponent: Refusal(
        400,
        mark("Opponent user not found. Check the spelling of the username."),
        field="opponent_username",
    ),
    rule.OpponentLeft: Refusal(400, mark("This player cannot be challenged any more.")),
    rule.OpponentIsOneself: Refusal(
        400,
        mark("You cannot challenge yourself. Name another player."),
        field="opponent_username",
    ),
    rule.NotEnoughQuestions: Refusal(
        400,
        mark("The question bank has too few questions for this type. Choose another type."),
        field="challenge_type",
    ),
    rule.UsernameTaken: Refusal(
        400, mark("A user with that username already exists. Choose another."), field="username"
    ),
    rule.WrongCredentials: Refusal(401, mark("Wrong username or password.")),
}

_HTTP_TEXTS = {
    400: mark("The request could not be understood."),
    401: mark("You are not signed in. Sign in and try again."),
    403: mark("You are not allowed to do this."),
    404: mark("There is nothing at this address."),
    405: mark("This address does not take that method."),
    413: mark("The request is too large."),
    415: mark("Send the body as JSON, with Content-Type: application/json."),
    503: mark("The service is busy. Nothing has changed; try again in a moment."),
    500: mark("Something went wrong on our side. Try again in a moment."),
}

_OUTCOME_UNKNOWN = mark(
    "The connection to the database broke at the last moment: this may or may not have been done."
    " Look at it, then try again."
)

# The texts for what pydantic finds wrong with a field, by its error types.
_FIELD_TEXTS = {
    "missing": mark("This field is required."),
    "extra_forbidden": mark("There is no such field here. Leave it out."),
    "string_type": mark("This must be a text."),
    "string_too_short": mark("This must have at least %(min_length)s characters."),
    "string_too_long": mark("This must have at most %(max_length)s characters."),
    "string_pattern_mismatch": mark("This contains characters that are not allowed here."),
    "int_type": mark("This must be a whole number."),
    "int_parsing": mark("This must be a whole number."),
    "int_parsing_size": mark("This number is too large."),
    "float_type": mark("This must be a number."),
    "finite_number": mark("This must be a number."),
    "greater_than_equal": mark("This must be at least %(ge)s."),
    "less_than_equal": mark("This must be at most %(le)s."),
    "literal_error": mark("Choose one of: %(expected)s."),
    "bool_parsing": mark("Choose one of: true, false."),
}
NOT_AN_OBJECT = mark("Send a JSON object as the body.")
_FIELD_TEXT = mark("This value is not valid here.")


class InvalidInput(Exception):
    """Input that is refused before any rule: the field that is wrong, or `detail`, and the text."""

    def __init__(self, field: str, text: str, **fields: object) -> None:
        super().__init__(text)
        self.field = field
        self.text = text
        self.fields = fields


def register(app: Flask) -> None:
    app.register_error_handler(rule.RuleViolation, violation_response)
    app.register_error_handler(InvalidInput, _invalid_input)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreUnavailable, unavailable_response)
    app.register_error_handler(Exception, _unexpected)


def violation_text(violation: rule.RuleViolation, locale: str) -> str:
    """Return a sentence that says what was refused and what to do."""
    refusal = REFUSALS[type(violation)]
    if not isinstance(violation, rule.StatusForbids):
        return translate(locale, refusal.text)
    status = translate(locale, STATUS_NAMES[violation.status])
    return translate(locale, refusal.text, status=status)


def violation_response(violation: rule.RuleViolation) -> Response:
    refusal = REFUSALS[type(violation)]
    text = violation_text(violation, current_locale())
    response = _answer(refusal.status, refusal.field, text)
    if isinstance(violation, rule.TooManyInvites):
        response.headers["Retry-After"] = str(ceil(violation.retry_after_seconds))
    return response


def validation_response(error: ValidationError) -> Response:
    """Answer input that does not fit its model, with the reason for each wrong field."""
    body: dict[str, list[str]] = {}
    for found in error.errors():
        if found["type"] in ("model_type", "model_attributes_type"):
            return _answer(400, "detail", translate(current_locale(), NOT_AN_OBJECT))
        name = str(found["loc"][0]) if found["loc"] else "non_field_errors"
        text = _FIELD_TEXTS.get(found["type"], _FIELD_TEXT)
        fields: dict[str, Any] = found.get("ctx", {})
        if "expected" in fields:  # pydantic writes 'A', 'B' or 'C', with quotes and in English
            fields["expected"] = fields["expected"].replace("'", "").replace(" or ", ", ")
        body.setdefault(name, []).append(translate(current_locale(), text, **fields))
    return make_response(jsonify(body), 400)


def http_text(status: int, locale: str) -> str:
    return translate(locale, _HTTP_TEXTS.get(status, _HTTP_TEXTS[400]))


def http_response(status: int) -> Response:
    return _answer(status, "detail", http_text(status, current_locale()))


def unavailable_text(error: StoreUnavailable, locale: str) -> str:
    text = _OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else _HTTP_TEXTS[503]
    return translate(locale, text)


def unavailable_response(error: StoreUnavailable) -> Response:
    response = _answer(503, "detail", unavailable_text(error, current_locale()))
    response.headers["Retry-After"] = "2"
    return response


def _invalid_input(error: InvalidInput) -> Response:
    return _answer(400, error.field, translate(current_locale(), error.text, **error.fields))


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
