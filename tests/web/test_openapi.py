"""The OpenAPI document describes the REST interface as the contract does."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

# Each endpoint, the status of its success, and the model of its answer, as in the contract.
API = "/api/v1/"
ONE = f"{API}challenges/challenges/{{challenge_id}}/"
CALLS = [
    ("post", f"{API}auth/register/", "201", "UserEnvelope"),
    ("post", f"{API}auth/login/", "200", "SignedInUser"),
    ("post", f"{API}auth/token/refresh/", "200", "TokenPair"),
    ("post", f"{API}auth/logout/", "204", None),
    ("post", f"{API}auth/password/", "200", "SessionsEnded"),
    ("post", f"{API}auth/password/reset/", "200", "SessionsEnded"),
    ("post", f"{API}auth/ticket/", "200", "IssuedTicket"),
    ("get", f"{API}auth/sessions/", "200", "SessionsPage"),
    ("delete", f"{API}auth/sessions/{{session_id}}/", "204", None),
    ("post", f"{API}auth/sessions/end-others/", "200", "SessionsEnded"),
    ("get", f"{API}users/me/", "200", "Me"),
    ("patch", f"{API}users/me/", "200", "Me"),
    ("get", f"{API}users/online/", "200", "UserPage"),
    ("get", f"{API}users/{{username}}/record/", "200", "RecordBetween"),
    ("get", f"{API}users/blocked/", "200", "UserPage"),
    ("post", f"{API}users/{{username}}/block/", "204", None),
    ("delete", f"{API}users/{{username}}/block/", "204", None),
    ("get", f"{API}challenges/types/", "200", "TypesResponse"),
    ("get", f"{API}challenges/seekers/", "200", "SeekersResponse"),
    ("get", f"{API}challenges/challenges/", "200", "ChallengePage"),
    ("post", f"{API}challenges/challenges/", "201", "ChallengeDetail"),
    ("get", ONE, "200", "ChallengeDetail"),
    ("post", f"{ONE}accept/", "200", "ChallengeDetail"),
    ("post", f"{ONE}decline/", "200", "Closed"),
    ("post", f"{ONE}cancel/", "200", "Closed"),
    ("post", f"{ONE}leave/", "200", "ChallengeDetail"),
    ("post", f"{ONE}ready/", "200", "ReadyMarked"),
    ("post", f"{ONE}answer/", "200", "AnswerReceived"),
    ("get", f"{ONE}results/", "200", "ChallengeResult"),
    ("post", f"{ONE}rematch/", "201", "ChallengeDetail"),
    ("post", f"{API}challenges/links/", "201", "ChallengeDetail"),
    ("get", f"{ONE}link/", "200", "InviteLink"),
    ("post", f"{API}challenges/links/accept/", "200", "ChallengeDetail"),
    ("get", f"{ONE}events/", "200", "EventsPage"),
    ("get", f"{API}challenges/notifications/events/", "200", "EventsPage"),
]
BODIES = {
    f"{API}auth/register/": "Registration",
    f"{API}auth/login/": "Credentials",
    f"{API}auth/token/refresh/": "RefreshBody",
    f"{API}users/me/": "Preferences",
    f"{API}auth/password/": "PasswordChange",
    f"{API}auth/password/reset/": "PasswordReset",
    f"{API}auth/ticket/": "StreamName",
    f"{API}challenges/challenges/": "NewChallenge",
    f"{API}challenges/links/": "NewLink",
    f"{API}challenges/links/accept/": "LinkBody",
    f"{ONE}answer/": "AnswerBody",
}


@pytest.fixture
def doc(app: Flask) -> Any:
    """The document as a client receives it."""
    return app.test_client().get("/openapi/openapi.json").get_json()


def test_every_answer_to_bad_input_is_described_as_it_is(doc: Any) -> None:
    """flask-openapi3 by itself would describe a list of errors."""
    described = [
        operation["responses"]["400"]["content"]["application/json"]["schema"]
        for operations in doc["paths"].values()
        for operation in operations.values()
        if "400" in operation["responses"]
    ]
    assert described
    assert all(schema == {"$ref": "#/components/schemas/ErrorResponse"} for schema in described)


def test_streams_are_described_as_streams(doc: Any) -> None:
    streams = {path: found for path, found in doc["paths"].items() if path.startswith("/sse/")}
    assert len(streams) == 3
    for found in streams.values():
        assert list(found["get"]["responses"]["200"]["content"]) == ["text/event-stream"]


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def resolve(doc: Any, reference: str) -> Any:
    found = doc
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


@pytest.mark.parametrize(("method", "path", "status", "model"), CALLS)
def test_each_endpoint_is_described_with_its_answer(
    doc: Any, method: str, path: str, status: str, model: str | None
) -> None:
    described = doc["paths"][path][method]
    assert [code for code in described["responses"] if code.startswith("2")] == [status]
    assert described["summary"]
    content = described["responses"][status].get("content")
    if model is None:
        assert content is None
    else:
        schema = content["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{model}"}
        assert resolve(doc, schema["$ref"])


@pytest.mark.parametrize(("method", "path"), [call[:2] for call in CALLS])
def test_each_endpoint_that_takes_a_body_describes_it(doc: Any, method: str, path: str) -> None:
    body = doc["paths"][path][method].get("requestBody")
    if method in ("post", "patch") and path in BODIES:
        (content,) = body["content"].items()
        reference = f"#/components/schemas/{BODIES[path]}"
        assert content[0] == "application/json"
        assert content[1]["schema"] == {"$ref": reference}
        assert body["required"] is True
    else:
        assert body is None


def test_no_other_endpoint_is_described_under_the_rest_paths(doc: Any) -> None:
    described = {
        (method, path)
        for path, methods in doc["paths"].items()
        for method in methods
        if path.startswith(API)
    }
    assert described == {call[:2] for call in CALLS}


def test_every_reference_resolves(doc: Any) -> None:
    found = set(references(doc))
    assert found
    for reference in found:
        assert resolve(doc, reference), reference


def test_the_description_names_the_keys_of_a_challenge(doc: Any) -> None:
    detail = resolve(doc, "#/components/schemas/ChallengeDetail")
    while "$ref" in detail:
        detail = resolve(doc, detail["$ref"])
    assert {"questions", "attempts", "deadline_at", "server_time"} <= set(detail["required"])
    assert set(detail["required"]) == set(detail["properties"])


def test_no_status_is_described_that_is_never_sent(doc: Any) -> None:
    """Invalid input is answered with 400, never with the library's 422."""
    described = {
        (path, status)
        for path, methods in doc["paths"].items()
        for call in methods.values()
        for status in call["responses"]
    }
    assert sorted(path for path, status in described if status == "422") == []


def test_no_part_of_the_document_is_null(doc: Any) -> None:
    """OpenAPI requires objects in these places; its readers fail at a null."""
    assert [name for name, part in {**doc, **doc["components"]}.items() if part is None] == []


@pytest.mark.parametrize(
    "path", [call[1] for call in CALLS if call[2] == "201" and "challenges" in call[1]]
)
def test_endpoints_that_create_take_an_idempotency_key_and_may_answer_429(
    doc: Any, path: str
) -> None:
    described = doc["paths"][path]["post"]
    headers = {p["name"] for p in described["parameters"] if p["in"] == "header"}
    assert headers == {"Idempotency-Key"}
    assert {"429", "503"} <= set(described["responses"])
