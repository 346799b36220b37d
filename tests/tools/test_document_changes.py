"""Which changes of the published documents break a client that was generated before."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from qader_sse import create_app
from tests.conftest import dispose, make_settings
from tools.document_changes import asyncapi_changes, openapi_changes
from tools.served_documents import DOCUMENTS

API = "/api/v1/"
ONE = f"{API}challenges/challenges/{{challenge_id}}/"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Both documents, which need no tables."""
    path = tmp_path_factory.mktemp("documents") / "none.sqlite3"
    app = create_app(make_settings(f"sqlite:///{path}"))
    yield {name: app.test_client().get(path).get_json() for name, path in DOCUMENTS.items()}
    dispose(app)


@pytest.fixture
def openapi(documents: Any) -> Any:
    return documents["openapi.json"]


@pytest.fixture
def asyncapi(documents: Any) -> Any:
    return documents["asyncapi.json"]


def operation(document: Any, method: str, path: str) -> Any:
    return document["paths"][path][method]


def answer(document: Any, method: str, path: str) -> Any:
    return operation(document, method, path)["responses"]["200"]


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def after(document: Any) -> Any:
    """Return the parameter `after` of polling."""
    parameters = operation(document, "get", f"{ONE}events/")["parameters"]
    return next(found for found in parameters if found["name"] == "after")


# Each way to break a client, by what is said of it.
BREAKING: dict[str, Change] = {
    "POST /api/v1/auth/ticket/ is gone": lambda d: d["paths"].pop(f"{API}auth/ticket/"),
    "PATCH /api/v1/users/me/ is gone": lambda d: d["paths"][f"{API}users/me/"].pop("patch"),
    "GET /api/v1/users/me/ is again now, and was me": lambda d: operation(
        d, "get", f"{API}users/me/"
    ).update(operationId="again"),
    f"GET {ONE}results/, 404 is gone": lambda d: operation(d, "get", f"{ONE}results/")[
        "responses"
    ].pop("404"),
    f"POST {ONE}accept/, 202 is a success that clients do not know": lambda d: operation(
        d, "post", f"{ONE}accept/"
    )["responses"].update({"202": {"description": "later"}}),
    f"GET {ONE}events/, 200: the header Viewer-Id is gone": lambda d: answer(
        d, "get", f"{ONE}events/"
    )["headers"].pop("Viewer-Id"),
    "GET /sse/stream/, 200: text/event-stream is gone": lambda d: answer(
        d, "get", "/sse/stream/"
    ).update(content={}),
    f"GET {ONE}events/, query after is gone": lambda d: operation(d, "get", f"{ONE}events/")[
        "parameters"
    ].remove(after(d)),
    f"GET {ONE}events/, query after: string is refused now": lambda d: after(d).update(
        schema={"type": "integer"}
    ),
    f"GET {ONE}events/, query after is required now": lambda d: after(d).update(required=True),
    f"POST {ONE}ready/, body is required now": lambda d: operation(
        d, "post", f"{ONE}ready/"
    ).update(requestBody={"required": True, "content": {}}),
    f"POST {ONE}answer/, body is gone": lambda d: operation(d, "post", f"{ONE}answer/").pop(
        "requestBody"
    ),
    "AnswerBody.time_taken_seconds is required now": lambda d: schema(d, "AnswerBody")[
        "required"
    ].append("time_taken_seconds"),
    "ChallengeDetail.deadline_at is gone": lambda d: schema(d, "ChallengeDetail")["properties"].pop(
        "deadline_at"
    ),
    "ChallengeTypeKey: 'quick_quant_10' is refused now": lambda d: schema(d, "ChallengeTypeKey")[
        "enum"
    ].remove("quick_quant_10"),
    "ChallengeStatus: 'paused' is new, and unknown to clients, now": lambda d: schema(
        d, "ChallengeStatus"
    )["enum"].append("paused"),
    "GET /api/v1/challenges/types/: a request without a session does not suffice any more": (
        lambda d: operation(d, "get", f"{API}challenges/types/").update(security=[{"session": []}])
    ),
    "GET /api/v1/users/me/: token does not suffice any more": lambda d: operation(
        d, "get", f"{API}users/me/"
    ).update(security=[{"session": []}]),
    "the schema TokenPair is gone": lambda d: rename(d, "TokenPair"),
}


def rename(document: Any, name: str) -> None:
    """Give a schema another name, and put it where it was used."""
    schemas = document["components"]["schemas"]
    schemas["Another"] = schemas.pop(name)
    content = answer(document, "post", f"{API}auth/token/refresh/")["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Another"}


@pytest.mark.parametrize("sentence", BREAKING)
def test_each_way_to_break_a_client_is_found_and_said(openapi: Any, sentence: str) -> None:
    changed = deepcopy(openapi)
    BREAKING[sentence](changed)
    assert openapi_changes(openapi, changed)[0] == sentence


def test_what_is_added_breaks_no_client(openapi: Any) -> None:
    changed = deepcopy(openapi)
    changed["paths"][f"{API}new/"] = changed["paths"][f"{API}users/me/"]
    schema(changed, "ChallengeDetail")["properties"]["new"] = {"type": "string"}
    schema(changed, "ChallengeDetail")["required"].append("new")
    schema(changed, "AnswerBody")["properties"]["new"] = {"type": "string"}
    operation(changed, "get", f"{API}users/me/")["responses"]["409"] = {"description": "new"}
    operation(changed, "get", f"{API}users/me/")["summary"] = "Another text."
    operation(changed, "get", f"{API}users/me/")["security"].append({"another": []})
    assert openapi_changes(openapi, changed) == []


OF_STREAMS: dict[str, Change] = {
    "send on /sse/challenges/notifications/ is gone": lambda d: d["operations"].pop(
        "sendNotificationEvents"
    ),
    "send on /ws/challenges/notifications/ is gone": lambda d: d["channels"][
        "notificationSocket"
    ].update(address="/ws/notifications/"),
    "send on /sse/challenges/{challenge_id}/: paused object is new, and unknown to clients, now": (
        lambda d: schema(d, "StreamOver")["properties"]["state"].update({"const": "paused"})
    ),
    "send on /sse/challenges/{challenge_id}/, query: object is refused now": lambda d: d[
        "operations"
    ]["sendChallengeEvents"]["bindings"]["http"].update(query={"type": "string"}),
    "SimpleUser.grade is gone": lambda d: schema(d, "SimpleUser")["properties"].pop("grade"),
    "receive on /ws/challenges/{challenge_id}/.sure is required now": lambda d: d["components"][
        "messages"
    ]["MarkReady"]["payload"].update(
        properties={"type": {"const": "mark_ready"}, "sure": {"type": "boolean"}},
        required=["type", "sure"],
    ),
}


@pytest.mark.parametrize("sentence", OF_STREAMS)
def test_each_way_to_break_a_client_of_streams_is_found_and_said(
    asyncapi: Any, sentence: str
) -> None:
    changed = deepcopy(asyncapi)
    OF_STREAMS[sentence](changed)
    assert sentence in asyncapi_changes(asyncapi, changed)


def test_documents_are_compared_with_themselves_without_a_finding(
    openapi: Any, asyncapi: Any
) -> None:
    assert openapi_changes(openapi, openapi) == asyncapi_changes(asyncapi, asyncapi) == []
