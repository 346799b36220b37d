"""The models of requests and answers about sessions and passwords."""

from pydantic import BaseModel, Field, RootModel
from typing_extensions import TypedDict

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
