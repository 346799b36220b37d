"""One id follows a request; clients cannot choose it, trusted proxies can."""

import logging
from collections.abc import Callable
from contextlib import closing

import pytest
from flask.testing import FlaskClient

from qader_sse.request_ids import current
from qader_sse.service import Service
from qader_sse.web.own_host import FROM_PROXY
from tests.support.causes import causes
from tests.support.duel import CHALLENGES
from tests.support.log_lines import lines

AsUser = Callable[[str], FlaskClient]
SENT = "7d1c0e7a-59a9-4c8e-9d5f-0c6f2f6c1f11"


def invite(noura: FlaskClient, sent: str, *, from_proxy: bool) -> int:
    answer = noura.post(
        CHALLENGES,
        json={"opponent_username": "khalid", "challenge_type": "quick_quant_10"},
        headers={"X-Request-ID": sent},
        environ_overrides={FROM_PROXY: from_proxy},
    )
    assert answer.status_code == 201
    found: int = answer.get_json()["id"]
    return found


def test_the_id_of_a_trusted_proxy_reaches_the_event(service: Service, noura: FlaskClient) -> None:
    challenge_id = invite(noura, SENT, from_proxy=True)
    assert {cause for _, cause in causes(service, challenge_id)} == {SENT}


def test_a_client_cannot_choose_the_id(service: Service, noura: FlaskClient) -> None:
    challenge_id = invite(noura, SENT, from_proxy=False)
    (cause,) = {cause for _, cause in causes(service, challenge_id)}
    assert cause != SENT
    assert len(cause or "") == 16


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x" * 15,
        "x" * 65,
        f"{SENT} status=200",
        f"{SENT}\x1b[2J",
        f'{SENT}"',
        f"{SENT},{SENT}",  # sent twice, and joined by gunicorn
        "٣" * 20,
    ],
)
def test_what_cannot_stand_in_a_line_or_names_nothing_is_replaced(
    service: Service, noura: FlaskClient, sent: str
) -> None:
    challenge_id = invite(noura, sent, from_proxy=True)
    (cause,) = {cause for _, cause in causes(service, challenge_id)}
    assert cause != sent
    assert len(cause or "") == 16


def test_the_next_request_and_what_comes_between_have_not_the_same(
    service: Service, noura: FlaskClient, as_user: AsUser
) -> None:
    challenge_id = invite(noura, SENT, from_proxy=True)
    assert as_user("khalid").post(f"{CHALLENGES}{challenge_id}/accept/").status_code == 200
    assert current.get() is None
    first, *_, last = causes(service, challenge_id)
    assert first[1] == SENT
    assert last[1] != SENT


@pytest.mark.claim("R27")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/users/me/", 200),
        ("GET", "/sse/challenges/1/", 200),
        ("GET", "/", 200),
        ("GET", "/livez", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/sse/challenges/1", 200),
        ("GET", "/api/v1/users/me", 308),
        ("POST", "/api/v1/users/me/", 405),
        ("GET", "/ws/challenges/1/", 426),
        ("POST", CHALLENGES, 400),
    ],
)
def test_every_answer_names_its_request(
    noura: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = noura.open(
        path,
        method=method,
        headers={"X-Request-ID": SENT},
        environ_overrides={FROM_PROXY: True},
    )
    with closing(answer):
        assert (answer.status_code, answer.headers.getlist("X-Request-ID")) == (status, [SENT])


@pytest.mark.claim("R27")
def test_an_answer_names_its_request_in_an_outage_too(browser_in_an_outage: FlaskClient) -> None:
    answer = browser_in_an_outage.get("/api/v1/users/me/")
    assert (answer.status_code, len(answer.headers["X-Request-ID"])) == (503, 16)


def test_one_id_leads_from_the_answer_to_the_line_the_event_and_back_from_a_stream(
    service: Service, noura: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with closing(noura.get("/sse/challenges/1/")) as stream:
        pass
    answer = noura.post(f"{CHALLENGES}1/answer/", json={"question_id": 0, "selected_answer": "A"})
    question = noura.get(f"{CHALLENGES}1/").get_json()["questions"][0]["id"]
    answer = noura.post(
        f"{CHALLENGES}1/answer/", json={"question_id": question, "selected_answer": "A"}
    )
    assert answer.status_code == 200
    found = answer.headers["X-Request-ID"]
    (line,) = [x for x in lines(caplog.records, "request") if x["request_id"] == found]
    assert line["route"] == f"{CHALLENGES}<int:challenge_id>/answer/"
    caused = [kind for kind, cause in causes(service, 1) if cause == found]
    assert caused[0] == "answer.result"
    opened, closed = lines(caplog.records, "stream opened") + lines(caplog.records, "stream closed")
    assert opened["request_id"] == closed["request_id"] == stream.headers["X-Request-ID"]


def test_a_stream_has_one_line_when_it_opens_and_one_when_it_ends(
    noura: FlaskClient, people: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    me = people["noura"]
    noura.get("/sse/stream/?topics=challenges/1,notifications&last_event_id=1.2_n.0").close()
    (opened,) = lines(caplog.records, "stream opened")
    (closed,) = lines(caplog.records, "stream closed")
    both = {"transport": "sse", "topics": f"challenge:1,user:{me}", "user": me}
    of_request = {"route": "/sse/stream/", "address": "127.0.0.1", "after": "2,0"}
    assert opened | both | of_request == opened
    assert opened["ms"] > 0
    assert lines(caplog.records, "request") == []
    assert closed | both == closed
    assert (closed["reason"], closed["seconds"] < 5) == ("client_gone", True)
    assert closed["frames"] == sum(
        int(last) - int(after)
        for last, after in zip(closed["last_id"].split(","), ("2", "0"), strict=True)
    )


def test_a_stream_that_is_refused_says_so_in_the_line_of_its_request(
    service: Service, noura: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service.hub.drain()
    noura.get("/sse/challenges/1/").close()
    assert lines(caplog.records, "request")[-1]["refused"] == "draining"
    assert lines(caplog.records, "stream opened") == []
