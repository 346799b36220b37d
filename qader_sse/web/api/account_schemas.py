"""The models of requests and answers about sessions and passwords."""

from pydantic import BaseModel, RootModel
from typing_extensions import TypedDict


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


class SessionsEndedResponse(RootModel[SessionsEnded]):
    pass
