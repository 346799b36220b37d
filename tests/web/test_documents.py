"""The published documents: what they say of every operation and every message."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from conformance.message_shapes import shape_problems
from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.version import VERSION
from qader_sse.web.documents.examples import recorded
from qader_sse.web.documents.schemas import message_name, message_schemas

METHODS = {"get", "post", "put", "patch", "delete"}
PUBLIC = {"register", "login", "logout", "refresh_tokens", "reset_password", "list_types"}
STREAMS = {"challenge_stream", "notification_stream", "multiplexed_stream"}


@pytest.fixture
def openapi(app: Flask) -> Any:
    return app.test_client().get("/openapi/openapi.json").get_json()


@pytest.fixture
def asyncapi(app: Flask) -> Any:
    return app.test_client().get("/asyncapi.json").get_json()


def operations(openapi: Any) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for path in openapi["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


def test_each_operation_has_a_short_name_of_its_own(openapi: Any) -> None:
    count = sum(len(METHODS & set(path)) for path in openapi["paths"].values())
    assert len(operations(openapi)) == count > len(PUBLIC | STREAMS)


def test_operations_that_need_a_session_say_so(openapi: Any) -> None:
    open_to_all = {name for name, found in operations(openapi).items() if not found["security"]}
    assert open_to_all == PUBLIC
    for name, operation in operations(openapi).items():
        assert ("401" in operation["responses"]) == (
            name not in PUBLIC or name in ("login", "refresh_tokens")
        )


def test_every_heading_is_described(openapi: Any) -> None:
    headings = {tag for found in operations(openapi).values() for tag in found["tags"]}
    assert {tag["name"] for tag in openapi["tags"]} == headings


def test_operations_with_a_body_declare_what_is_refused_before_it_is_read(openapi: Any) -> None:
    for operation in operations(openapi).values():
        if "requestBody" in operation:
            assert {"400", "403", "413", "415", "503"} <= set(operation["responses"])


def test_operations_that_need_a_session_may_refuse_pages_and_those_who_ask_too_often(
    openapi: Any,
) -> None:
    for name, operation in operations(openapi).items():
        if name not in PUBLIC:
            assert "403" in operation["responses"]
            assert ("429" in operation["responses"]) == (name not in STREAMS)


def test_an_error_is_a_sentence_but_for_bad_input(openapi: Any) -> None:
    """Otherwise a client would have to tell both from each other wherever one is read."""
    for operation in operations(openapi).values():
        for status, response in operation["responses"].items():
            if status >= "400":
                name = "ErrorResponse" if status == "400" else "ErrorDetail"
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": f"#/components/schemas/{name}"}


def test_values_that_several_payloads_share_have_a_name(openapi: Any, asyncapi: Any) -> None:
    for document in (openapi, asyncapi):
        found = list(lists_of_values(document))
        assert len(found) == len(set(found))
    assert openapi["components"]["schemas"]["Choice"]["enum"] == ["A", "B", "C", "D"]


def test_the_asyncapi_document_has_no_schema_that_no_message_needs(asyncapi: Any) -> None:
    names = {f'"#/components/schemas/{name}"' for name in asyncapi["components"]["schemas"]}
    assert {name for name in names if name not in json.dumps(asyncapi)} == set()


def lists_of_values(part: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield tuple(part["enum"])
        for inner in part.values():
            yield from lists_of_values(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from lists_of_values(inner)


def test_a_503_says_when_to_try_again(openapi: Any) -> None:
    for operation in operations(openapi).values():
        assert "Retry-After" in operation["responses"]["503"]["headers"]


def test_streams_bring_every_type_of_message(openapi: Any) -> None:
    for name in STREAMS:
        content = operations(openapi)[name]["responses"]["200"]["content"]
        names = [part["$ref"] for part in content["text/event-stream"]["schema"]["oneOf"]]
        assert "#/components/schemas/Message" in names
    message = openapi["components"]["schemas"]["Message"]
    assert set(message["discriminator"]["mapping"]) == set(MESSAGE_TYPES)


def test_polling_brings_typed_messages(openapi: Any) -> None:
    page = openapi["components"]["schemas"]["EventsPage"]
    assert page["properties"]["events"]["items"] == {"$ref": "#/components/schemas/Message"}


def test_no_optional_field_of_a_body_is_taken_for_a_required_one(openapi: Any) -> None:
    """Generators of types take a field with a default for one that is always there."""
    for name in ("Registration", "AnswerBody", "NewChallenge"):
        properties = openapi["components"]["schemas"][name]["properties"]
        assert [field for field, schema in properties.items() if "default" in schema] == []


def test_every_schema_has_one_name(openapi: Any) -> None:
    assert [name for name, s in openapi["components"]["schemas"].items() if "$ref" in s] == []


def test_moments_are_declared_as_such() -> None:
    properties = message_schemas()["ChallengeDetail"]["properties"]
    moments = {name for name, schema in properties.items() if "date-time" in str(schema)}
    assert moments == {
        *("created_at", "completed_at", "accepted_at", "started_at", "first_question_at"),
        *("ready_deadline_at", "deadline_at", "server_time"),
    }


@pytest.mark.parametrize("name", MESSAGE_TYPES)
def test_every_message_has_an_example_of_its_shape(name: str) -> None:
    assert list(shape_problems(recorded()["messages"][name])) == []


def test_every_message_has_a_recorded_example(asyncapi: Any) -> None:
    """Otherwise: `make documents`."""
    messages = asyncapi["components"]["messages"]
    assert [name for name, message in messages.items() if "examples" not in message] == []


def test_examples_belong_to_operations(openapi: Any) -> None:
    assert set(recorded()["operations"]) <= set(operations(openapi))


def test_each_message_is_on_the_channels_of_its_topic(asyncapi: Any) -> None:
    channels = asyncapi["channels"]
    for message in MESSAGE_TYPES.values():
        name = message_name(message)
        on = {channel for channel, found in channels.items() if name in found["messages"]}
        assert (
            on
            == {
                "challenge": {"challengeEvents", "multiplexedEvents", "challengeSocket"},
                "user": {"notificationEvents", "multiplexedEvents", "notificationSocket"},
                "connection": {"challengeSocket", "notificationSocket"},
            }[message.topic]
        )


def test_each_address_of_a_channel_is_served(app: Flask, asyncapi: Any) -> None:
    served = {
        rule.rule.replace("<int:", "{").replace(">", "}") for rule in app.url_map.iter_rules()
    }
    assert {channel["address"] for channel in asyncapi["channels"].values()} <= served


def test_the_asyncapi_document_names_the_server_that_was_asked(app: Flask) -> None:
    client = app.test_client()
    document = client.get("/asyncapi.json", base_url="https://quiz.example.org").get_json()
    assert document["servers"]["websocket"]["host"] == "quiz.example.org"
    assert document["servers"]["websocket"]["protocol"] == "wss"


def test_both_documents_name_the_version(openapi: Any, asyncapi: Any) -> None:
    assert openapi["info"]["version"] == asyncapi["info"]["version"] == VERSION


def test_recorded_answers_have_the_fields_that_the_document_promises(openapi: Any) -> None:
    """Otherwise: `make documents`."""
    described = operations(openapi)
    for name, example in recorded()["operations"].items():
        content = described[name]["responses"][example["status"]]["content"]["application/json"]
        reference = content["schema"].get("$ref", "")
        schema = openapi["components"]["schemas"].get(reference.rpartition("/")[2], {})
        if isinstance(example["answer"], dict):
            assert set(schema.get("required", ())) <= set(example["answer"]), name


def test_links_lead_to_operations_with_parameters_that_these_have(openapi: Any) -> None:
    known = operations(openapi)
    links = [
        link
        for found in known.values()
        for response in found["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert len(links) > 30
    for link in links:
        named = {parameter["name"] for parameter in known[link["operationId"]]["parameters"]}
        assert set(link["parameters"]) <= named
