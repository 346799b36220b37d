"""Stream tickets: a single-use secret for one named stream, in place of a cookie or a header."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD
from tests.support.tables import dump, refused, unchanged

TICKET = "/api/v1/auth/ticket/"
NOTIFICATIONS = "/sse/challenges/notifications/"
SEVERAL = "/sse/stream/?topics=challenges/1,notifications"
USED = {
    "detail": "This ticket is used, has expired, or is for another stream. Get a new one, and open"
    " the stream with it and with lastEventId, the last id that you have."
}
NAME_ONE = (
    "Name one stream by its address, such as /sse/challenges/12/ or"
    " /sse/stream/?topics=challenges/12,notifications."
)

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def stranger(app: Flask, three_duels: list[Challenge]) -> FlaskClient:
    """A client without a cookie, as a page on another site has none."""
    return app.test_client()


def issue(client: FlaskClient, stream: str) -> str:
    response = client.post(TICKET, json={"stream": stream})
    assert response.status_code == 200, response.json
    assert response.get_json()["expires_in"] == 30
    ticket: str = response.get_json()["ticket"]
    return ticket


def opened(client: FlaskClient, stream: str, ticket: str, query: str = "") -> TestResponse:
    """Open a stream with a ticket, read its first piece and leave."""
    joint = "&" if "?" in stream else "?"
    response = client.get(f"{stream}{joint}ticket={ticket}{query}")
    if response.status_code == 200:
        response.first = bytes(next(iter(response.response)))  # type: ignore[attr-defined, arg-type]
        response.close()
    return response


@pytest.mark.claim("T1")
@pytest.mark.parametrize("stream", ["/sse/challenges/1/", NOTIFICATIONS, SEVERAL])
@pytest.mark.parametrize("locale", ["", "/ar"])
def test_a_ticket_opens_its_stream_once_as_its_person(
    browser: FlaskClient, stranger: FlaskClient, people: dict[str, int], stream: str, locale: str
) -> None:
    ticket = issue(browser, locale + stream)
    first = opened(stranger, stream, ticket)
    assert (first.status_code, first.headers["Viewer-Id"]) == (200, str(people["noura"]))
    again = opened(stranger, stream, ticket)
    refused(again, 401, USED)


@pytest.mark.claim("T6")
def test_the_next_ticket_goes_on_after_the_last_id(
    browser: FlaskClient, stranger: FlaskClient
) -> None:
    """An EventSource comes back to the same address, gets 401, stops, and the page goes on so."""
    opened(stranger, "/sse/challenges/1/", issue(browser, "/sse/challenges/1/"))
    ticket = issue(browser, "/sse/challenges/1/")
    response = opened(stranger, "/sse/challenges/1/", ticket, "&lastEventId=2")
    assert b'"mode":"resumed","after":2' in response.first  # type: ignore[attr-defined]


@pytest.mark.claim("T2", "T5")
@pytest.mark.parametrize(
    "other",
    [
        "/sse/challenges/3/",
        "/sse/stream/?topics=challenges/1",
        "/sse/stream/?topics=challenges/1,challenges/3",
        "/sse/stream/",
        "/sse/stream/?topics=banana",
    ],
)
def test_a_ticket_opens_no_other_stream_and_stays_unused(
    browser: FlaskClient, stranger: FlaskClient, other: str
) -> None:
    ticket = issue(browser, SEVERAL)
    refused(opened(stranger, other, ticket), 401, USED)
    turned_round = "/sse/stream/?topics=notifications,challenges/1"
    assert opened(stranger, turned_round, ticket).status_code == 200


@pytest.mark.claim("T1", "T5")
def test_a_ticket_expires(
    browser: FlaskClient, stranger: FlaskClient, service: Service, clock: SettableClock
) -> None:
    ticket, late = issue(browser, NOTIFICATIONS), issue(browser, NOTIFICATIONS)
    clock.advance(29.999)
    assert opened(stranger, NOTIFICATIONS, ticket).status_code == 200
    clock.advance(0.001)
    refused(opened(stranger, NOTIFICATIONS, late), 401, USED)
    assert service.sweeper.delete_old()["tickets"] == 1


@pytest.mark.claim("T4")
def test_a_ticket_ends_with_its_session(browser: FlaskClient, stranger: FlaskClient) -> None:
    ticket = issue(browser, NOTIFICATIONS)
    browser.post("/api/v1/auth/logout/")
    refused(opened(stranger, NOTIFICATIONS, ticket), 401, USED)


@pytest.mark.claim("T3")
def test_a_ticket_decides_whatever_cookie_comes_with_it(
    browser: FlaskClient, as_user: AsUser, people: dict[str, int]
) -> None:
    khalid = as_user("khalid")
    hers = opened(khalid, NOTIFICATIONS, issue(browser, NOTIFICATIONS))
    assert hers.headers["Viewer-Id"] == str(people["noura"])
    for bad in ("banana", "", issue(browser, "/sse/challenges/1/")):
        refused(opened(khalid, NOTIFICATIONS, bad), 401, USED)


@pytest.mark.claim("T3")
def test_a_ticket_opens_streams_and_nothing_else(
    browser: FlaskClient, stranger: FlaskClient
) -> None:
    ticket = issue(browser, NOTIFICATIONS)
    polled = "/api/v1/challenges/notifications/events/"
    for path in ("/api/v1/users/me/", polled, "/api/v1/challenges/challenges/"):
        assert stranger.get(f"{path}?ticket={ticket}").status_code == 401
    another = stranger.post(f"{TICKET}?ticket={ticket}", json={"stream": NOTIFICATIONS})
    assert another.status_code == 401
    assert stranger.head(f"{NOTIFICATIONS}?ticket={ticket}").status_code == 401
    assert opened(stranger, NOTIFICATIONS, ticket).status_code == 200


@pytest.mark.parametrize(
    "stream",
    [
        *("", "/", "banana", "/sse/", "/sse/challenges/", "/sse/challenges", "/api/v1/users/me/"),
        *("/sse/challenges/٣/", "/sse/challenges/-1/", "/ws/stream/?topics=notifications"),
        *(
            "/sse/stream/",
            "/sse/stream/?topics=",
            "/sse/stream/?topics=challenges/1,,",
            "challenges/1",
        ),
        *(
            "https://example.org/sse/challenges/1/",
            "/sse/challenges/1/../2/",
            "/fr/sse/challenges/1/",
        ),
        "/sse/stream/?topics=" + ",".join(f"challenges/{n}" for n in range(1, 10)),
    ],
)
def test_what_names_no_stream_gets_no_ticket(
    browser: FlaskClient, service: Service, stream: str
) -> None:
    with unchanged(service):
        refused(browser.post(TICKET, json={"stream": stream}), 400, {"stream": [NAME_ONE]})


def test_of_many_who_redeem_a_ticket_at_once_one_gets_in(service_on_either: Service) -> None:
    service = service_on_either
    session = service.accounts.sign_in("noura", PASSWORD, None, service.clock())
    now = service.clock()
    for _ in range(5):
        ticket = service.stream_tickets.issue(session.id, NOTIFICATIONS, now)
        with ThreadPoolExecutor(8) as workers:
            redeem = partial(service.stream_tickets.redeem, ticket, NOTIFICATIONS, now)
            found = [each.result() for each in [workers.submit(redeem) for _ in range(8)]]
        assert Counter(found) == {session.id: 1, None: 7}


@pytest.mark.claim("T7")
def test_a_ticket_is_neither_stored_nor_logged(
    browser: FlaskClient,
    stranger: FlaskClient,
    service: Service,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    ticket = issue(browser, NOTIFICATIONS)
    assert ticket not in str(dump(service))
    for _ in range(2):
        opened(stranger, NOTIFICATIONS, ticket)
    assert f"route={NOTIFICATIONS} " in caplog.text
    assert ticket not in caplog.text
