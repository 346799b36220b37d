"""The models of requests and answers that the endpoints of several rooms share.

The OpenAPI document is generated from these and from those of each room.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, RootModel, model_validator

from qader_sse.domain import payloads

SECURITY_SCHEMES: dict[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "ticket": {"type": "apiKey", "in": "query", "name": "ticket"},
}


class Parameters(BaseModel):
    """What a request has beside its body: the query, headers.

    flask-openapi3 generates the JSON schema of these models again in each request, to see which
    fields may be lists or null. So the schema of each class is generated once and kept.
    """

    _schemas: ClassVar[dict[type, dict[str, Any]]] = {}

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        if cls not in cls._schemas:
            cls._schemas[cls] = super().model_json_schema()
        return cls._schemas[cls]


class Query(Parameters):
    # All values in a query are strings, so pydantic must convert them: not strict. What REST does
    # not know was refused before (`unknown_input.py`), and streams ignore it.
    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def leave_out_empty(cls, values: dict[str, str]) -> dict[str, str]:
        """Leave out parameters without a value: a form sends `?status=` for a filter that is not set."""
        return {name: value for name, value in values.items() if value != ""}


class Body(BaseModel):
    # Strict: "7" is not a number and 1 is not a string. An unknown field is a spelling mistake.
    model_config = ConfigDict(extra="forbid", strict=True)


class ChallengePath(BaseModel):
    challenge_id: int


Responses = dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]


class FieldErrors(RootModel[dict[str, list[str]]]):
    """What is wrong, by the name of the field; `non_field_errors` for a bad combination."""


class ErrorResponse(RootModel[payloads.ErrorDetail | FieldErrors]):
    pass


# The errors that every action on a challenge may answer with, for the OpenAPI document.
ERROR_RESPONSES: Responses = {
    "400": ErrorResponse,
    "401": ErrorResponse,
    "403": ErrorResponse,
    "404": ErrorResponse,
    "503": ErrorResponse,
}
# Those of a stream, which says in its frames, not by its status, that it is refused for now.
STREAM_RESPONSES: Responses = {
    **ERROR_RESPONSES,
    "200": {
        "description": "Server-sent events, as docs/protocol.md has them",
        "content": {"text/event-stream": {}},
    },
}
