"""The models of REST requests and answers, from which the OpenAPI document is generated."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, RootModel
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from qader_sse.domain import displayed_names, payloads, usernames
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.password_policy import MAX_LENGTH, MIN_LENGTH
from qader_sse.store.models import MAX_ID
from qader_sse.web.openapi_models import (
    ERROR_RESPONSES,
    Body,
    ErrorResponse,
    Parameters,
    Query,
    Responses,
)
from qader_sse.web.ready_answer import ReadyMarked

# No control characters: PostgreSQL refuses NUL, and those that change the writing direction would
# also turn the text around a name.
_PRINTABLE = r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"
_EMAIL_PART = r"[^@\s\x00-\x1f\x7f]+"
_EMAIL = rf"{_EMAIL_PART}@{_EMAIL_PART}\.{_EMAIL_PART}"
ChallengeTypeKey = Literal[*CHALLENGE_TYPES]  # type: ignore[valid-type]  # the keys are known at run time


def _username(username: str) -> str:
    _refuse(usernames.fault(username))
    return username


def _email(text: str) -> str:
    has_halves = any("\ud800" <= sign <= "\udfff" for sign in text)  # which cannot be stored
    if has_halves or (text and not re.fullmatch(_EMAIL, text)):
        raise PydanticCustomError("email", "not an e-mail address")
    return text


def _displayed(name: str) -> str:
    _refuse(displayed_names.fault(name))
    return name


def _refuse(fault: usernames.Fault | displayed_names.Fault | None) -> None:
    if fault == "foreign_signs":
        raise PydanticCustomError("string_pattern_mismatch", "letters that are not allowed")
    if fault == "too_long":
        raise PydanticCustomError(
            "string_too_long", "too long", {"max_length": usernames.MAX_LENGTH}
        )
    if fault is not None:
        raise PydanticCustomError(fault, "not allowed in a name")


# The pattern is for the document alone: its own text would be one about characters.
Email = Annotated[
    str, AfterValidator(_email), Field(json_schema_extra={"pattern": rf"^$|^{_EMAIL}$"})
]
Displayed = Annotated[str, Field(pattern=_PRINTABLE), AfterValidator(_displayed)]


class Registration(Body):
    username: Annotated[str, AfterValidator(_username)] = Field(
        min_length=1, max_length=usernames.MAX_LENGTH
    )
    password: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)
    email: Email | None = Field(None, max_length=254)
    full_name: Displayed | None = Field(None, max_length=150)
    preferred_name: Displayed | None = Field(None, max_length=150)
    grade: Displayed | None = Field(None, max_length=50)


class Credentials(Body):
    username: str = Field(
        max_length=254, pattern=_PRINTABLE, description="A username or an e-mail address."
    )
    password: str = Field(max_length=128)
    rememberMe: bool | None = Field(  # noqa: N815  # the name that deployed front ends send
        None, description="False: the cookie ends with the browser, and the tokens after a day."
    )


class NewChallenge(Body):
    challenge_type: ChallengeTypeKey
    opponent_username: str | None = Field(
        None,
        max_length=150,
        pattern=_PRINTABLE,
        description="Whom to invite. Missing, null, blank or `RANDOM`, in any letter case: anybody.",
    )


class CreationHeader(Parameters):
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        description="The same request with the same key, within a day, creates nothing more.",
    )


class AnswerBody(Body):
    question_id: int = Field(ge=1, le=MAX_ID)
    selected_answer: payloads.Choice
    time_taken_seconds: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)


class Preferences(Body):
    listed_online: bool | None = Field(
        None, description="Whether others see this user in the list of who is online."
    )


class UserPath(BaseModel):
    username: str = Field(max_length=150, pattern=_PRINTABLE)


class ChallengesQuery(Query):
    status: payloads.Status | None = None
    challenge_type: ChallengeTypeKey | None = None
    opponent_username: str | None = Field(None, max_length=150, pattern=_PRINTABLE)
    is_pending_invite_for_user: bool | None = None
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(20, ge=1, le=100)


class EventsQuery(Query):
    after: str | None = Field(None, description="The last id received; without it, a reset.")


class UserEnvelope(TypedDict):
    user: payloads.SimpleUser


class UserPage(TypedDict):
    count: int
    results: list[payloads.SimpleUser]


class RecordBetween(TypedDict):
    wins: int
    losses: int
    draws: int


class ChallengeTypeInfo(TypedDict):
    key: str
    name: str
    description: str
    num_questions: int
    time_limit_seconds: int | None
    allow_hints: bool


class SeekersOfType(TypedDict):
    key: ChallengeTypeKey
    seekers: int


class ChallengePage(TypedDict):
    count: int
    next: str | None
    previous: str | None
    results: list[payloads.ChallengeList]


class Closed(TypedDict):
    status: Literal["declined", "cancelled"]
    detail: str


class AnswerReceivedBase(TypedDict):
    status: Literal["answer_received"]
    is_correct: bool
    challenge_ended: bool
    detail: str


class AnswerReceived(AnswerReceivedBase, total=False):
    final_results: payloads.ChallengeResult


class StreamMessage(TypedDict):
    id: int
    type: str
    payload: dict[str, object]


class EventsPage(TypedDict):
    events: list[StreamMessage]
    head: int
    reset: bool


class UserResponse(RootModel[UserEnvelope]):
    pass


class UserPageResponse(RootModel[UserPage]):
    pass


class RecordResponse(RootModel[RecordBetween]):
    pass


class SeekersResponse(RootModel[list[SeekersOfType]]):
    pass


class TypesResponse(RootModel[list[ChallengeTypeInfo]]):
    pass


class ChallengePageResponse(RootModel[ChallengePage]):
    pass


class DetailResponse(RootModel[payloads.ChallengeDetail]):
    pass


class ResultResponse(RootModel[payloads.ChallengeResult]):
    pass


class ClosedResponse(RootModel[Closed]):
    pass


class ReadyResponse(RootModel[ReadyMarked]):
    pass


class AnswerResponse(RootModel[AnswerReceived]):
    pass


class EventsResponse(RootModel[EventsPage]):
    pass


# The errors of actions that create a challenge, of which each user has a limited number.
CREATION_ERROR_RESPONSES: Responses = {**ERROR_RESPONSES, "429": ErrorResponse}
