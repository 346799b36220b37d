"""The canary: an account that only `flask doctor` signs in, and only for as long as it looks."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain import canary, usernames
from qader_sse.service import Service
from qader_sse.store import accounts, presence
from qader_sse.store.accounts import Account
from tests.support.clock import SettableClock
from tests.support.tables import refused, unchanged

CALL = "/canary/"
EVENTS = "/api/v1/challenges/notifications/events/"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def sign_in(browser: FlaskClient, service: Service) -> str:
    """Give the browser the cookie of a new session of the canary; return the session's id."""
    opened = service.canaries.sign_in(service.clock())
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = opened.token
    return opened.id


def account(service: Service) -> Account:
    with service.database.autocommit() as connection:
        found = accounts.by_username(connection, canary.USERNAME)
    assert found is not None
    return found


def test_a_call_tells_how_it_arrived_and_comes_as_an_event_of_the_caller(
    browser: FlaskClient, service: Service
) -> None:
    sign_in(browser, service)
    answer = browser.post(CALL, headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.status_code == 200
    arrival = answer.json or {}
    assert (arrival["http_version"], arrival["host"]) == ("HTTP/1.1", "localhost")
    assert "x-forwarded-for" in arrival["headers"]
    assert (arrival["is_peer_trusted"], arrival["client_address"]) == (False, "127.0.0.1")
    events = (browser.get(f"{EVENTS}?after=0").json or {})["events"]
    assert [event["type"] for event in events] == ["challenge_cancelled_notification"]


def test_nobody_can_register_as_the_canary_or_sign_in_to_it(
    browser: FlaskClient, service: Service
) -> None:
    sign_in(browser, service)
    assert not usernames.is_allowed(canary.USERNAME)
    for password in ("", "canary"):
        body = {"username": canary.USERNAME, "password": password}
        answer = browser.post("/api/v1/auth/login/", json=body)
        assert answer.status_code in (400, 401)


def test_the_canary_is_in_no_list_of_who_is_online(
    service: Service, people: dict[str, int], browser: FlaskClient
) -> None:
    sign_in(browser, service)
    ids = [account(service).id, people["khalid"]]
    with service.database.autocommit() as connection:
        assert [one.username for one in presence.listed(connection, ids)] == ["khalid"]


def test_its_session_ends_when_it_is_signed_out_and_by_itself(
    browser: FlaskClient, service: Service, clock: SettableClock
) -> None:
    first = sign_in(browser, service)
    service.canaries.sign_out(first, service.clock())
    assert account(service).disabled_at is not None
    assert browser.post(CALL).status_code == 401

    sign_in(browser, service)
    assert browser.post(CALL).status_code == 200
    clock.advance(600)
    with unchanged(service):
        assert browser.post(CALL).status_code == 401


def test_the_account_stays_enabled_for_another_doctor_that_still_looks(
    app: Flask, browser: FlaskClient, service: Service
) -> None:
    first = sign_in(browser, service)
    other = app.test_client()
    sign_in(other, service)
    service.canaries.sign_out(first, service.clock())
    assert browser.post(CALL).status_code == 401
    assert other.post(CALL).status_code == 200


def test_for_everybody_else_there_is_nothing_at_this_address(as_user, service: Service) -> None:
    khalid = as_user("khalid")
    with unchanged(service):
        refused(khalid.post(CALL), 404, {"detail": "There is nothing at this address."})
