"""`GET /sse/stream/?topics=…`: requests that are refused, and how the answer says why."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.stream_beginning import NOT_FOUND, NOT_YOURS, STREAM
from tests.support.tables import refused

AsUser = Callable[[str], FlaskClient]

NAME_SOME = "Name the topics to follow, such as challenges/12,notifications."
TOO_MANY = "One stream has at most 8 topics. Follow the others with another one."


@pytest.mark.claim("V9")
def test_if_all_topics_are_refused_the_answer_is_that_of_the_first(browser: FlaskClient) -> None:
    refused(browser.get(f"{STREAM}?topics=challenges/2,challenges/404"), 403, {"detail": NOT_YOURS})
    refused(browser.get(f"{STREAM}?topics=challenges/404,challenges/2"), 404, {"detail": NOT_FOUND})


def test_without_signing_in_it_is_refused(client_without_session: FlaskClient) -> None:
    response = client_without_session.get(f"{STREAM}?topics=notifications")
    assert response.status_code == 401


@pytest.fixture
def client_without_session(as_user: AsUser) -> FlaskClient:
    return as_user("noura").application.test_client()


def no_topic(name: str) -> str:
    return f"“{name}” is no topic: name notifications, or a challenge as challenges/12."


@pytest.mark.claim("V1")
@pytest.mark.parametrize(
    ("topics", "text"),
    [
        ("", NAME_SOME),
        (",".join(f"challenges/{n}" for n in range(1, 10)), TOO_MANY),
        ("challenges/1,notifications,challenges/1", "Name each topic once."),
        ("notifications,notifications", "Name each topic once."),
        *(
            (name, no_topic(name))
            for name in (
                *("banana", "challenges", "challenges/", "challenges/1/", "/challenges/1"),
                *(
                    "challenges/0",
                    "challenges/01",
                    "challenges/-1",
                    "challenges/٣",
                    "Notifications",
                ),
                *("challenges/1.5", "user:3", "sessions", "challenge:1", "challenges/1_2"),
                *("challenges/10000000000", "challenges/" + "9" * 400),
            )
        ),
        ("challenges/1,", no_topic("")),
        ("challenges/1, notifications", no_topic(" notifications")),
        ("challenges/1\n", no_topic("challenges/1\n")),
    ],
)
def test_a_malformed_list_of_topics_is_refused(
    service: Service, browser: FlaskClient, topics: str, text: str
) -> None:
    response = browser.get(STREAM, query_string={"topics": topics})
    refused(response, 400, {"topics": [text]})
    assert service.hub.open_streams == 0


@pytest.mark.parametrize("query", ["", "topics"])
def test_a_request_without_topics_is_told_how_to_name_them(
    browser: FlaskClient, query: str
) -> None:
    refused(browser.get(f"{STREAM}?{query}"), 400, {"topics": [NAME_SOME]})
