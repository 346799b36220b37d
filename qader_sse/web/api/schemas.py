"""The models of REST requests and answers, from which the OpenAPI document is generated."""

from typing import Literal

from pydantic import BaseModel, Field, RootModel
from typing_extensions import TypedDict

from qader_sse.domain import payloads
from qader_sse.domain.challenge_types import CHALLENGE_TYPES
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
PRINTABLE = r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"
ChallengeTypeKey = Literal[*CHALLENGE_TYPES]  # type: ignore[valid-type]  # the keys are known at run time


class NewChallenge(Body):
    challenge_type: ChallengeTypeKey
    opponent_username: str | None = Field(
        None,
        max_length=150,
        pattern=PRINTABLE,
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


class UserPath(BaseModel):
    username: str = Field(max_length=150, pattern=PRINTABLE)


class ChallengesQuery(Query):
    status: payloads.Status | None = None
    challenge_type: ChallengeTypeKey | None = None
    opponent_username: str | None = Field(None, max_length=150, pattern=PRINTABLE)
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
