"""Limits on REST and on the WebSocket: 429 with the time to wait, in both languages."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qader_sse import create_app
from qader_sse.domain.i18n import Counted
from qader_sse.service import Service
from qader_sse.web.limit_texts import LIMIT_TEXTS
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, PASSWORD
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]
LOGIN, REGISTER, ME = "/api/v1/auth/login/", "/api/v1/auth/register/", "/api/v1/users/me/"
RATES = {
    "sign_in_failure_rate": "2/minute",
    "registration_rate": "2/hour",
    "invite_rate": "2/minute",
    "search_rate": "2/minute",
    "action_rate": "1/minute burst 20",
}


@pytest.fixture
def app(database_url: str, clock: SettableClock) -> Iterator[Flask]:
    app = create_app(make_settings(database_url, fair_shares=True, **RATES), clock=clock)
    yield app
    dispose(app)


def guess(app: Flask, address: str, **headers: str) -> TestResponse:
    return app.test_client().post(
        LOGIN,
        json={"username": "noura", "password": "wrong-password"},
        environ_base={"REMOTE_ADDR": address},
        headers=headers,
    )


def register(app: Flask, name: str, address: str = "192.0.2.1") -> TestResponse:
    return app.test_client().post(
        REGISTER,
        json={"username": name, "password": PASSWORD},
        environ_base={"REMOTE_ADDR": address},
    )


def test_guesses_are_refused_before_the_password_is_compared(
    app: Flask, people: dict[str, int]
) -> None:
    assert [guess(app, "192.0.2.1").status_code for _ in range(4)] == [401, 401, 429, 429]
    refusal = guess(app, "192.0.2.1")
    assert refusal.headers["Retry-After"] == "30"
    assert refusal.json == {
        "detail": "Too many sign-ins have failed. Wait 30 seconds, then try again."
    }
    assert guess(app, "192.0.2.2").status_code == 401


def test_who_is_refused_waits_for_the_answer(app: Flask, people: dict[str, int]) -> None:
    """A client that goes on without a pause cannot keep the worker busy with refusals."""
    for _ in range(2):
        guess(app, "192.0.2.1")
    began_at = time.monotonic()
    assert guess(app, "192.0.2.1").status_code == 429
    assert time.monotonic() - began_at > 0.2


def test_a_refusal_speaks_arabic_too(app: Flask, people: dict[str, int]) -> None:
    for _ in range(2):
        guess(app, "192.0.2.1")
    detail = guess(app, "192.0.2.1", **{"Accept-Language": "ar"}).get_json()["detail"]
    assert re.search(r"[\u0600-\u06ff]", detail)
    assert "30" in detail


@pytest.mark.claim("R8")
def test_registrations_are_counted_by_address(app: Flask, service: Service) -> None:
    assert [register(app, f"pupil{number}").status_code for number in range(2)] == [201, 201]
    with unchanged(service):
        assert register(app, "pupil2").status_code == 429
    assert register(app, "pupil2", "192.0.2.2").status_code == 201


@pytest.mark.claim("R8", "R9")
@pytest.mark.parametrize("body", [{}, {"opponent_username": "khalid"}])
def test_searches_and_invites_are_counted_by_account(
    app: Flask, as_user: AsUser, service: Service, body: dict[str, str]
) -> None:
    wanted = {"challenge_type": "quick_quant_10", **body}
    client = as_user("noura")
    assert [client.post(CHALLENGES, json=wanted).status_code for _ in range(2)] == [201, 201]
    with unchanged(service):
        refusal = client.post(CHALLENGES, json=wanted)
    assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "30")
    other = "noura" if body else None
    again = {"challenge_type": "quick_quant_10", "opponent_username": other}
    assert as_user("stranger").post(CHALLENGES, json=again).status_code == 201


@pytest.mark.claim("R8", "R9")
def test_invites_by_link_are_counted_as_invites(
    app: Flask, as_user: AsUser, service: Service
) -> None:
    wanted, client = {"challenge_type": "quick_quant_10"}, as_user("noura")
    links = "/api/v1/challenges/links/"
    assert [client.post(links, json=wanted).status_code for _ in range(2)] == [201, 201]
    with unchanged(service):
        assert client.post(links, json=wanted).status_code == 429
        named = client.post(CHALLENGES, json={**wanted, "opponent_username": "khalid"})
    assert named.status_code == 429


@pytest.mark.claim("R8")
def test_requests_are_counted_by_account_and_pages_are_not(app: Flask, as_user: AsUser) -> None:
    client = as_user("noura")
    statuses = [client.get(ME).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert client.get("/").status_code == 200
    assert as_user("khalid").get(ME).status_code == 200


@pytest.mark.claim("R7")
def test_every_limit_has_a_sentence_that_says_when_to_try_again() -> None:
    for text in LIMIT_TEXTS.values():
        if isinstance(text, Counted):
            assert "%(count)s second," in text.one
            assert "%(count)s seconds," in text.other
        else:
            assert "try again later" in text
