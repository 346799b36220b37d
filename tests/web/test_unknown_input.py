"""Parameters and fields that nothing reads: REST refuses them by name, everything else ignores them."""

from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.support.duel import CHALLENGES
from tests.support.routes import routes
from tests.support.tables import refused, unchanged

NO_PARAMETER = "There is no such parameter here. Leave it out."
NO_PARAMETER_AR = "لا يوجد مُعامل بهذا الاسم هنا. يُرجى حذفه."
NO_FIELD = "There is no such field here. Leave it out."
TWICE = "This stands in the address more than once. Write it once."
READY = f"{CHALLENGES}1/ready/"

AsUser = Callable[[str], FlaskClient]


def rest(app: Flask) -> list[tuple[str, str]]:
    found = [
        (method, path.replace("<string:username>", "khalid").replace("<session_id>", "x"))
        for _, method, path in routes(app, 1)
        if path.startswith("/api/")
    ]
    assert len(found) > 20
    return found


def bodiless(app: Flask) -> list[tuple[str, str]]:
    """Return the calls that the document gives no body."""
    document = app.test_client().get("/openapi/openapi.json").get_json()
    found = [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("post", "patch", "delete") and "requestBody" not in operation
    ]
    assert len(found) > 8
    replaced = {"{challenge_id}": "1", "{username}": "khalid", "{session_id}": "x"}
    for name, value in replaced.items():
        found = [(method, path.replace(name, value)) for method, path in found]
    return found


@pytest.mark.claim("R4")
def test_every_call_of_rest_refuses_a_parameter_that_it_does_not_know(
    app: Flask, service: Service, noura: FlaskClient
) -> None:
    with unchanged(service):
        for method, path in rest(app):
            # A parameter of streams is none here, and one without a value is one all the same.
            for query in ("is_pending_invite_for_users=true", "last_event_id="):
                response = noura.open(f"{path}?{query}", method=method)
                refused(response, 400, {query.partition("=")[0]: [NO_PARAMETER]})
            response = noura.open(f"/ar{path}?x=1", method=method)
            refused(response, 400, {"x": [NO_PARAMETER_AR]})


@pytest.mark.claim("R4")
def test_every_call_without_a_body_refuses_fields(
    app: Flask, service: Service, noura: FlaskClient
) -> None:
    calls = bodiless(app)
    assert ("POST", READY) in calls
    with unchanged(service):
        for method, path in calls:
            response = noura.open(path, method=method, json={"x": 1, "y": None})
            refused(response, 400, {"x": [NO_FIELD], "y": [NO_FIELD]})
            arabic = noura.open(f"/ar{path}", method=method, json={"x": 1})
            refused(arabic, 400, {"x": ["لا يوجد حقل بهذا الاسم هنا. يُرجى حذفه."]})


@pytest.mark.claim("R4")
def test_a_call_without_a_body_takes_an_empty_object(noura: FlaskClient) -> None:
    assert noura.post(READY, json={}).status_code == 200


def test_what_is_wrong_in_the_address_and_in_the_body_is_named_at_once(noura: FlaskClient) -> None:
    response = noura.post(f"{READY}?x=1", json={"y": 1})
    refused(response, 400, {"x": [NO_PARAMETER], "y": [NO_FIELD]})


@pytest.mark.claim("R4")
def test_a_parameter_that_comes_twice_is_refused(noura: FlaskClient) -> None:
    response = noura.get(f"{CHALLENGES}?status=ongoing&page=1&status=completed")
    refused(response, 400, {"status": [TWICE]})
    arabic = noura.get(f"/ar{CHALLENGES}?page=1&page=1")
    refused(arabic, 400, {"page": ["ورد هذا في العنوان أكثر من مرة. يجب ذكره مرة واحدة."]})


@pytest.mark.claim("R4")
def test_the_parameter_that_libraries_add_against_caches_is_ignored(
    app: Flask, noura: FlaskClient
) -> None:
    for method, path in rest(app):
        if method == "GET" and "results" not in path and "/link/" not in path:
            assert noura.get(f"{path}?_=1764222000").status_code == 200, path


def test_links_to_other_pages_leave_it_out(browser: FlaskClient) -> None:
    page = browser.get(f"{CHALLENGES}?_=1&page_size=1&status=ongoing").get_json()
    assert page["next"].endswith("?page_size=1&status=ongoing&page=2")


def test_a_field_whose_name_no_answer_can_hold_is_refused(noura: FlaskClient) -> None:
    """JSON can name half of a character, which UTF-8 cannot write."""
    body = '{"\\ud800": 1, "username": "noura", "password": "x"}'
    response = noura.post(READY, data=body, content_type="application/json")
    assert (response.status_code, response.get_json()["?"]) == (400, [NO_FIELD])
    response = noura.post("/api/v1/auth/login/", data=body, content_type="application/json")
    assert (response.status_code, list(response.get_json())) == (400, ["non_field_errors"])


@pytest.mark.claim("S19")
def test_what_is_not_rest_ignores_parameters_that_it_does_not_know(
    app: Flask, browser: FlaskClient, three_duels: list[Challenge]
) -> None:
    """Libraries add their own to the address of a stream, and would not come back after a 400."""
    met = 0
    for rule, method, path in routes(app, three_duels[0].id):
        if path.startswith(("/api/", "/join/")) or method != "GET":
            continue
        address = path.replace("<path:filename>", "icon.svg")
        topics = "topics=notifications&" if path == "/sse/stream/" else ""
        with closing(browser.get(f"{address}?{topics}_=1&t=2&r=3&evs_preamble")) as response:
            assert response.status_code in (200, 302), rule.rule
        met += 1
    assert met > 8


def test_topics_in_two_lists_are_refused(browser: FlaskClient) -> None:
    """The second one would be passed over in silence."""
    address = "/sse/stream/?topics=challenges/1&topics=notifications"
    text = "Name all topics in one list, separated by commas."
    refused(browser.get(address), 400, {"topics": [text]})
    arabic = "يجب ذكر كل المواضيع في قائمة واحدة تفصل بينها الفاصلة (,)."
    refused(browser.get(f"/ar{address}"), 400, {"topics": [arabic]})


def test_the_document_says_the_same(app: Flask) -> None:
    document = app.test_client().get("/openapi/openapi.json").get_json()
    assert "refused with a 400 that names it" in document["info"]["description"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith("/api/"):
                assert "400" in operation["responses"], path
            if "requestBody" in operation:
                (content,) = operation["requestBody"]["content"].values()
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False
    sockets = app.test_client().get("/asyncapi.json").get_json()
    mark_ready = sockets["components"]["messages"]["MarkReady"]["payload"]
    assert mark_ready["additionalProperties"] is False


@pytest.mark.parametrize("address", ["auth/login/", "auth/logout/", "auth/logout/?{}"])
def test_of_thousands_of_names_the_first_are_told(app: Flask, address: str) -> None:
    """Nobody has to sign in to send them, and each sentence costs the worker time."""
    names = [f"x{number}" for number in range(500)]
    target = f"/api/v1/{address}".format("&".join(names))
    response = app.test_client().post(target, json=dict.fromkeys(names, 1))
    assert response.status_code == 400
    assert len(response.get_json()) == 20
