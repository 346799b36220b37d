"""People see where they are signed in, and end one session, or all others."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.service import Service
from qader_sse.web.devices import device
from tests.support.clock import SettableClock
from tests.support.duel import sign_in
from tests.support.tables import refused, unchanged

SESSIONS = "/api/v1/auth/sessions/"
ME = "/api/v1/users/me/"
NOT_FOUND = {"detail": "You have no open session with this id. List them under /auth/sessions/."}

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"

AsUser = Callable[[str], FlaskClient]


def listed(client: FlaskClient) -> list[dict[str, Any]]:
    page = client.get(SESSIONS).get_json()
    assert page["count"] == len(page["results"])
    return list(page["results"])


@pytest.mark.claim("A3")
def test_the_open_sessions_of_the_user_are_listed_the_newest_first(
    app: Flask, people: dict[str, int], clock: SettableClock, as_user: AsUser
) -> None:
    as_user("khalid")
    phone = as_user("noura")
    clock.advance(60)
    laptop = app.test_client()
    laptop.environ_base["HTTP_USER_AGENT"] = FIREFOX
    sign_in(laptop, "noura")
    clock.advance(60)
    as_user("noura").post("/api/v1/auth/logout/")
    first, second = listed(laptop)
    assert (first["device"], first["is_current"]) == ("Firefox, Windows", True)
    assert (second["device"], second["is_current"]) == ("Werkzeug", False)
    assert first["created_at"] > second["created_at"]
    assert first["created_at"].endswith("Z")
    assert [session["is_current"] for session in listed(phone)] == [False, True]
    clock.advance(app.extensions["qader_sse"].settings.session_seconds - 120)
    assert [session["id"] for session in listed(laptop)] == [first["id"]]  # the phone's ran out


@pytest.mark.claim("A3")
def test_an_id_of_the_list_is_no_token(app: Flask, as_user: AsUser) -> None:
    (session,) = listed(as_user("noura"))
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = session["id"]
    assert thief.get(ME).status_code == 401


@pytest.mark.claim("A4")
def test_ending_one_session_ends_that_one(service: Service, as_user: AsUser) -> None:
    phone, laptop, lost = (as_user("noura") for _ in range(3))
    (lost_id,) = (session["id"] for session in listed(lost) if session["is_current"])
    assert phone.delete(f"{SESSIONS}{lost_id}/").status_code == 204
    service.hub.ended_sessions.catch_up()
    assert service.hub.ended_sessions.reason(lost_id) == "signed_out"
    assert [client.get(ME).status_code for client in (phone, laptop, lost)] == [200, 200, 401]
    with unchanged(service):
        refused(phone.delete(f"{SESSIONS}{lost_id}/"), 404, NOT_FOUND)


@pytest.mark.claim("A4")
def test_ending_the_present_session_signs_out_here(as_user: AsUser) -> None:
    phone, laptop = as_user("noura"), as_user("noura")
    (own,) = (session["id"] for session in listed(phone) if session["is_current"])
    response = phone.delete(f"{SESSIONS}{own}/")
    assert response.status_code == 204
    assert phone.get(ME).status_code == 401
    assert laptop.get(ME).status_code == 200


@pytest.mark.claim("A4")
def test_a_session_of_somebody_else_is_not_found(service: Service, as_user: AsUser) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")
    (hers,) = listed(noura)
    with unchanged(service):
        refused(khalid.delete(f"{SESSIONS}{hers['id']}/"), 404, NOT_FOUND)
        refused(khalid.delete(f"{SESSIONS}banana/"), 404, NOT_FOUND)
    assert noura.get(ME).status_code == 200


@pytest.mark.claim("A4")
def test_ending_all_others_leaves_this_one_and_other_people(as_user: AsUser) -> None:
    phone, laptop, tablet, khalid = (as_user(name) for name in ["noura"] * 3 + ["khalid"])
    answer = phone.post(f"{SESSIONS}end-others/")
    body = {"ended_sessions": 2, "detail": "You are signed out everywhere else."}
    assert (answer.status_code, answer.json) == (200, body)
    found = [client.get(ME).status_code for client in (phone, laptop, tablet, khalid)]
    assert found == [200, 401, 401, 200]
    assert len(listed(phone)) == 1


@pytest.mark.claim("A3")
@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36",
            "Chrome, Linux",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) Chrome/139.0 Mobile Safari/537.36 Edg/139.0",
            "Edge, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1",
            "Safari, macOS",
        ),
        ("curl/8.5.0", "curl"),
        ("<script>", None),
        ("", None),
        ("x" * 10_000, "x" * 30),
    ],
)
def test_a_device_is_named_in_a_few_words(user_agent: str, expected: str | None) -> None:
    assert device(user_agent) == expected
