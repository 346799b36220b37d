"""The texts of errors: which sentence, status and field belong to each violation and each mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qader_sse.domain import violations as rule
from qader_sse.domain.i18n import Counted, mark, mark_counted, translate, translate_number
from qader_sse.domain.presenters import STATUS_NAMES
from qader_sse.store.errors import OutcomeUnknown, StoreUnavailable
from qader_sse.web.limit_texts import LIMIT_TEXTS, seconds_to_wait
from qader_sse.web.link_texts import LINK_TEXTS


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to one kind of violation. `text` may contain `%(status)s`, or seconds to wait."""

    status: int
    text: str | Counted
    field: str = "detail"


REFUSALS: dict[type[rule.RuleViolation], Refusal] = {
    rule.ChallengeNotFound: Refusal(
        404, mark("Duel not found. Your own duels are listed under /challenges/.")
    ),
    rule.NotAParticipant: Refusal(403, mark("Only the two players may follow this duel.")),
    rule.OnlyTheOpponent: Refusal(403, mark("Only the invited opponent may do this.")),
    rule.OnlyTheChallenger: Refusal(403, mark("Only the challenger may do this.")),
    rule.CannotAccept: Refusal(
        400, mark("Only a pending invite can be accepted; this duel is: %(status)s.")
    ),
    rule.CannotDecline: Refusal(
        400, mark("Only a pending invite can be declined; this duel is: %(status)s.")
    ),
    rule.CannotCancel: Refusal(
        400,
        mark("Only a duel that waits for its opponent can be cancelled; this one is: %(status)s."),
    ),
    rule.CannotLeave: Refusal(
        400, mark("Only a duel that is accepted or running can be left; this one is: %(status)s.")
    ),
    rule.CannotBeReady: Refusal(
        400, mark("Nobody can get ready for this duel any more; it is: %(status)s.")
    ),
    rule.StillPlaying: Refusal(
        400, mark("You are in a duel. Finish it or leave it first, then search for an opponent.")
    ),
    rule.AcceptFirst: Refusal(400, mark("Accept the invite first, then get ready.")),
    rule.NotStarted: Refusal(
        400, mark("The duel has not started yet; it starts when both players are ready.")
    ),
    rule.AlreadyOver: Refusal(400, mark("The duel takes no more answers; it is: %(status)s.")),
    rule.NotCompleted: Refusal(
        400, mark("This is possible once the duel is completed; it is: %(status)s.")
    ),
    rule.Expired: Refusal(400, mark("The time for this has run out. Start a new duel.")),
    rule.TimeIsUp: Refusal(400, mark("Time is up: answers are no longer accepted.")),
    rule.UnknownQuestion: Refusal(
        400, mark("This question is not part of the duel."), field="question_id"
    ),
    rule.AlreadyAnswered: Refusal(
        400, mark("You have already answered this question; the first answer counts.")
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
    rule.HasBlocked: Refusal(400, mark("You have blocked this player. Unblock them first.")),
    rule.UnknownPlayer: Refusal(
        404, mark("There is no player with this username. Check the spelling.")
    ),
    rule.BlocksOneself: Refusal(400, mark("You cannot block yourself.")),
    rule.TooManyBlocked: Refusal(
        400, mark("You have blocked as many players as is possible. Unblock one first.")
    ),
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
    rule.UsernameLooksTaken: Refusal(
        400,
        mark("This username looks like one that already exists. Choose another."),
        field="username",
    ),
    rule.TicketRefused: Refusal(
        401,
        mark(
            "This ticket is used, has expired, or is for another stream. Get a new one, and open"
            " the stream with it and with lastEventId, the last id that you have."
        ),
    ),
    rule.ResetLinkRefused: Refusal(
        400,
        mark(
            "This link is used, has expired, or was replaced by a newer one."
            " Ask whoever gave it to you for another."
        ),
    ),
    rule.WrongOldPassword: Refusal(
        400, mark("This is not your present password."), field="old_password"
    ),
    rule.TokenNotValid: Refusal(401, mark("This token is not valid any more. Sign in again.")),
    rule.DjangoRefreshToken: Refusal(
        401,
        mark(
            "This refresh token is of the service that signed you in. Exchange it there, and come"
            " with the access token that you get."
        ),
    ),
    rule.UnknownDjangoUser: Refusal(
        401,
        mark(
            "You are signed in elsewhere, but have no account here yet. Whoever runs this service"
            " can link one."
        ),
    ),
    rule.SessionNotFound: Refusal(
        404, mark("You have no open session with this id. List them under /auth/sessions/.")
    ),
    rule.WrongCredentials: Refusal(401, mark("Wrong username or password.")),
    **{limit: Refusal(429, text) for limit, text in LIMIT_TEXTS.items()},
    **{link: Refusal(*found) for link, found in LINK_TEXTS.items()},
}

_HTTP_TEXTS = {
    400: mark("The request could not be understood."),
    401: mark("You are not signed in. Sign in and try again."),
    403: mark("You are not allowed to do this."),
    404: mark("There is nothing at this address."),
    405: mark("This address does not take that method."),
    413: mark("The request is too large."),
    415: mark("Send the body as JSON, with Content-Type: application/json."),
    426: mark(
        "This address is a WebSocket, and the request does not ask for one. If the client did, a"
        " proxy before the service does not pass its Upgrade header on."
    ),
    503: mark("The service is busy. Nothing has changed; try again in a moment."),
    500: mark("Something went wrong on our side. Try again in a moment."),
}

_OUTCOME_UNKNOWN = mark(
    "The connection to the database broke at the last moment: this may or may not have been done."
    " Look at it, then try again."
)

NO_SUCH_PAGE = mark_counted(
    "There is no page %(page)s: there is only one.",
    "There is no page %(page)s: there are %(count)s.",
)
NO_SUCH_FIELD = mark("There is no such field here. Leave it out.")

# The texts for what pydantic finds wrong with a field, by its error types.
_FIELD_TEXTS = {
    "missing": mark("This field is required."),
    "extra_forbidden": NO_SUCH_FIELD,
    "string_type": mark("This must be a text."),
    "string_pattern_mismatch": mark("This contains characters that are not allowed here."),
    "mixed_scripts": mark(
        "Use the letters of one alphabet, with digits: only Arabic ones, for example, or only Latin ones."
    ),
    "mixed_digits": mark("Use digits of one kind only."),
    "misplaced_marks": mark("Write marks above or below a letter, at most two on each."),
    "invisible_signs": mark("This contains signs that nobody can see. Leave them out."),
    "int_type": mark("This must be a whole number."),
    "int_parsing": mark("This must be a whole number."),
    "int_parsing_size": mark("This number is too large."),
    "float_type": mark("This must be a number."),
    "finite_number": mark("This must be a number."),
    "greater_than_equal": mark("This must be at least %(ge)s."),
    "less_than_equal": mark("This must be at most %(le)s."),
    "literal_error": mark("Choose one of: %(expected)s."),
    "bool_parsing": mark("Choose one of: true, false."),
    "email": mark("This is not an e-mail address. Write it as in name@example.org."),
}
# Those with a number: its name in what pydantic says, and the text.
_COUNTED_FIELD_TEXTS = {
    "too_short": (
        "min_length",
        mark_counted(
            "This must have at least %(count)s character.",
            "This must have at least %(count)s characters.",
        ),
    ),
    "too_long": (
        "max_length",
        mark_counted(
            "This must have at most %(count)s character.",
            "This must have at most %(count)s characters.",
        ),
    ),
}
NOT_AN_OBJECT = mark("Send a JSON object as the body.")
_FIELD_TEXT = mark("This value is not valid here.")


def violation_text(violation: rule.RuleViolation, locale: str) -> str:
    """Return a sentence that says what was refused and what to do."""
    text = REFUSALS[type(violation)].text
    if isinstance(text, Counted):
        seconds = seconds_to_wait(violation) if isinstance(violation, rule.LimitReached) else 0
        return translate_number(locale, text, seconds)
    if not isinstance(violation, rule.StatusForbids):
        return translate(locale, text)
    status = translate(locale, STATUS_NAMES[violation.status])
    return translate(locale, text, status=status)


def http_text(status: int, locale: str) -> str:
    return translate(locale, _HTTP_TEXTS.get(status, _HTTP_TEXTS[400]))


def unavailable_text(error: StoreUnavailable, locale: str) -> str:
    text = _OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else _HTTP_TEXTS[503]
    return translate(locale, text)


def field_text(locale: str, mistake: str, found: Mapping[str, Any]) -> str:
    """Return the sentence for a mistake as pydantic names it, with what it says besides."""
    # `string_too_long`, or `too_long` where the length is checked after a validator of ours.
    if counted := _COUNTED_FIELD_TEXTS.get(mistake.removeprefix("string_")):
        name, text = counted
        return translate_number(locale, text, found[name])
    fields = {name: _written(value) for name, value in found.items()}
    return translate(locale, _FIELD_TEXTS.get(mistake, _FIELD_TEXT), **fields)


def _written(value: object) -> object:
    """Return a bound as people write it: pydantic says 86400.0 of a field that takes fractions."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):  # pydantic writes 'A', 'B' or 'C', with quotes and in English
        return value.replace("'", "").replace(" or ", ", ")
    return value
