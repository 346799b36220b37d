"""The models of requests and answers about accounts: sessions, tokens, oneself."""

from pydantic import BaseModel, Field, RootModel
from typing_extensions import TypedDict

from qader_sse.domain import payloads
from qader_sse.domain.password_policy import MAX_LENGTH, MIN_LENGTH
from qader_sse.store.session_models import MAX_STREAM_NAME
from qader_sse.web.openapi_models import Body


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
