"""The models of requests and answers about accounts: names, sessions, tokens, oneself."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, RootModel
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from qader_sse.domain import displayed_names, payloads, usernames
from qader_sse.domain.password_policy import MAX_LENGTH, MIN_LENGTH
from qader_sse.store.session_models import MAX_STREAM_NAME
from qader_sse.web.api.schemas import PRINTABLE
from qader_sse.web.openapi_models import Body

_EMAIL_PART = r"[^@\s\x00-\x1f\x7f]+"
_EMAIL = rf"{_EMAIL_PART}@{_EMAIL_PART}\.{_EMAIL_PART}"


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
    return name.strip()


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
Displayed = Annotated[str, Field(pattern=PRINTABLE), AfterValidator(_displayed)]


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
        max_length=254, pattern=PRINTABLE, description="A username or an e-mail address."
    )
    password: str = Field(max_length=128)
    rememberMe: bool | None = Field(  # noqa: N815  # the name that deployed front ends send
        None, description="False: the cookie ends with the browser, and the tokens after a day."
    )


class Preferences(Body):
    full_name: Displayed | None = Field(
        None, max_length=150, description="Null or blank: the username."
    )
    preferred_name: Displayed | None = Field(
        None, max_length=150, description="Null or blank: none, so that others see another name."
    )
    grade: Displayed | None = Field(None, max_length=50, description="Null or blank: none.")
    listed_online: bool | None = Field(
        None, description="Whether others see this user in the list of who is online."
    )


class StreamName(Body):
    stream: str = Field(
        max_length=MAX_STREAM_NAME,
        description="The stream's address without host: `/sse/challenges/12/`, or"
        " `/sse/stream/?topics=challenges/12,notifications`.",
    )


class IssuedTicket(TypedDict):
    ticket: str
    expires_in: int


class PasswordChange(Body):
    old_password: str = Field(max_length=MAX_LENGTH)
    new_password: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)


class PasswordReset(Body):
    token: str = Field(max_length=100)
    new_password: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)


class SessionPath(BaseModel):
    session_id: str


class SessionInfo(TypedDict):
    id: str
    created_at: str
    device: str | None
    is_current: bool


class SessionsPage(TypedDict):
    count: int
    results: list[SessionInfo]


class SessionsEnded(TypedDict):
    ended_sessions: int
    detail: str


class SessionsResponse(RootModel[SessionsPage]):
    pass


class TicketResponse(RootModel[IssuedTicket]):
    pass


class SessionsEndedResponse(RootModel[SessionsEnded]):
    pass


class RefreshBody(Body):
    refresh: str = Field(max_length=2_000)


class TokenPair(TypedDict):
    access: str
    refresh: str


class SignedInUser(TokenPair):
    user: payloads.SimpleUser


class Subscription(TypedDict):
    is_active: bool


class DeployedDetails(TypedDict):
    """What deployed front ends read besides; fixed values here."""

    role: str
    points: int
    level_determined: bool
    profile_complete: bool
    is_staff: bool
    is_super: bool
    unread_notifications_count: int
    current_streak_days: int
    referral: None
    subscription: Subscription


class Me(payloads.SimpleUser, DeployedDetails):
    email: str | None
    created_at: str
    listed_online: bool
    language_code: str


class SignedInResponse(RootModel[SignedInUser]):
    pass


class TokensResponse(RootModel[TokenPair]):
    pass


class MeResponse(RootModel[Me]):
    pass
