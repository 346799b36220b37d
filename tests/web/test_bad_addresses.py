"""Wrong paths, queries and headers: a clear 400 or 404, and nothing has changed."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.duel import CHALLENGES
from tests.support.routes import routes
from tests.support.tables import refused, unchanged

NOT_FOUND = {"detail": "Duel not found. Your own duels are listed under /challenges/."}

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


@pytest.mark.claim("S3")
@pytest.mark.parametrize(
    ("method", "address"),
    [
        *(("GET", f"{CHALLENGES}{{}}/{view}") for view in ("", "results/", "events/")),
        *(
            ("POST", f"{CHALLENGES}{{}}/{action}/")
            for action in ("accept", "decline", "cancel", "ready", "answer", "rematch")
        ),
        ("GET", "/sse/challenges/{}/"),
    ],
)
@pytest.mark.parametrize("number", ["0", "1" + "0" * 30])
def test_an_id_without_a_challenge_is_not_found(
    service: Service, noura: FlaskClient, method: str, address: str, number: str
) -> None:
    body = {"question_id": 1, "selected_answer": "A"} if "answer" in address else None
    with unchanged(service):
        response = noura.open(address.format(number), method=method, json=body)
        refused(response, 404, NOT_FOUND)


@pytest.mark.claim("R5")
@pytest.mark.parametrize("digit", ["٣", "۳", "３", "३"])
def test_digits_of_another_script_are_no_number(
    app: Flask, service: Service, noura: FlaskClient, digit: str
) -> None:
    nothing, met = {"detail": "There is nothing at this address."}, 0
    with unchanged(service):
        for rule, method, address in routes(app, digit):
            if "challenge_id" in rule.arguments:
                met += 1
                refused(noura.open(address, method=method), 404, nothing)
    assert met > 0


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("status=banana", "status", "Choose one of: pending_invite, "),
        ("challenge_type=banana", "challenge_type", "Choose one of: quick_quant_10, "),
        ("is_pending_invite_for_user=2", "is_pending_invite_for_user", "Choose one of: true, "),
        ("page=banana", "page", "This must be a whole number."),
        ("page=٣", "page", "This must be a whole number."),
        ("page_size=٣", "page_size", "This must be a whole number."),
        ("page=" + "9" * 30, "page", "This must be at most 1000000."),
        ("page_size=0", "page_size", "This must be at least 1."),
    ],
)
def test_an_unknown_filter_value_is_refused(
    noura: FlaskClient, query: str, field: str, text: str
) -> None:
    response = noura.get(f"{CHALLENGES}?{query}")
    said = response.get_json()
    assert (response.status_code, list(said)) == (400, [field])
    assert said[field][0].startswith(text)


@pytest.mark.claim("P3")
@pytest.mark.parametrize("cursor", ["banana", "-1", "1.5", "+1", "1,2", "0x1", "٣", "%00", " 1"])
def test_polling_after_what_is_not_a_number_is_refused(noura: FlaskClient, cursor: str) -> None:
    text = "after must be the id of the last message received, a whole number."
    for path in (f"{CHALLENGES}1/events/", "/api/v1/challenges/notifications/events/"):
        refused(noura.get(f"{path}?after={cursor}"), 400, {"detail": text})
