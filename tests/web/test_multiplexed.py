"""`GET /sse/stream/?topics=…`: each topic with its own permission, replay and reset."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from qader_client.sse import Parser, ServerSentEvent

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event
from qader_sse.service import Service
from tests.support.duel import play_to_the_end, started_duel
from tests.support.tables import refused

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]

STREAM = "/sse/stream/"
NOT_FOUND = "Challenge not found. Your own challenges are listed under /challenges/."
NOT_YOURS = "Only the two players may follow this challenge."


@pytest.fixture
def duels(service: Service, people: People) -> list[Challenge]:
    """Noura's with Khalid, the stranger's with Khalid, and Noura's with the stranger."""
    pairs = [("noura", "khalid"), ("stranger", "khalid"), ("noura", "stranger")]
    return [started_duel(service, people[first], second) for first, second in pairs]


@pytest.fixture
def noura(as_user: AsUser, duels: list[Challenge]) -> FlaskClient:
    return as_user("noura")


class Beginning:
    """What a stream says before it waits for something to happen."""

    def __init__(self, received: bytes) -> None:
        self.received = received
        self._parser = Parser()
        self.events = list(self._parser.feed(received))
        self.last_event_id = self._parser.last_event_id

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(event.data) for event in self.events if event.event == "stream"]

    @property
    def messages(self) -> list[ServerSentEvent]:
        return [event for event in self.events if event.event != "stream"]


@contextmanager
def begun(client: FlaskClient, query: str, pieces: int = 2, last: str = "") -> Iterator[Beginning]:
    """Open a stream and read its head and, with two pieces, the messages that are there."""
    response = client.get(f"{STREAM}?{query}", headers={"Last-Event-ID": last})
    assert response.status_code == 200, response.json
    assert response.mimetype == "text/event-stream"
    chunks = iter(response.response)
    try:
        yield Beginning(b"".join(bytes(next(chunks)) for _ in range(pieces)))  # type: ignore[arg-type]  # bytes here
    finally:
        response.close()


def opened(topic: str, mode: str, after: int, head: int) -> dict[str, object]:
    return {"topic": topic, "state": "open", "mode": mode, "after": after, "head": head}


def is_received(service: Service, topic: str) -> bool:
    """Announce an event; return whether the hub keeps it, because somebody watches the topic."""
    received = service.hub.counters["received"]
    service.hub.receive([Event(topic, 1_000 + received, "test", {})])
    return service.hub.counters["received"] > received


def single(client: FlaskClient, path: str, cursor: int | None) -> list[str]:
    """Return the data lines that a stream of this topic alone begins with."""
    query = "" if cursor is None else f"?last_event_id={cursor}"
    response = client.get(f"/sse/{path}/{query}")
    chunks = iter(response.response)
    next(chunks)
    lines = bytes(next(chunks)).decode().splitlines()  # type: ignore[arg-type]  # bytes here
    response.close()
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


def test_snapshots_come_first_and_the_vector_grows_with_them(noura: FlaskClient) -> None:
    with begun(noura, "topics=challenges/3,notifications,challenges/1") as seen:
        assert seen.said == [
            opened("challenges/3", "snapshot", 5, 5),
            opened("notifications", "snapshot", 2, 2),
            opened("challenges/1", "snapshot", 5, 5),
        ]
        assert [(m.event, m.last_event_id) for m in seen.messages] == [
            ("challenges/3", "n.2_3.5"),
            ("challenges/1", "n.2_3.5_1.5"),
        ]
        # Before the first message, for a browser that is cut before it.
        assert seen.received.index(b"id: n.2\n\n") < seen.received.index(b"event: ")


def test_data_is_byte_for_byte_that_of_the_single_streams(noura: FlaskClient) -> None:
    with begun(noura, "topics=challenges/1,notifications&last_event_id=1.0_n.0") as seen:
        found = {
            name: [m.data for m in seen.messages if m.event == name]
            for name in ("challenges/1", "notifications")
        }
    assert found == {
        "challenges/1": single(noura, "challenges/1", 0),
        "notifications": single(noura, "challenges/notifications", 0),
    }
    assert [len(data) for data in found.values()] == [5, 2]


def test_each_topic_resumes_where_it_was(noura: FlaskClient) -> None:
    vector = "3.4_n.1_7.9"
    with begun(
        noura, f"topics=challenges/1,challenges/3,notifications&last_event_id={vector}"
    ) as s:
        assert s.said == [
            opened("challenges/1", "snapshot", 5, 5),
            opened("challenges/3", "resumed", 4, 5),
            opened("notifications", "resumed", 1, 2),
        ]
        assert [(m.event, m.last_event_id) for m in s.messages] == [
            ("challenges/1", "3.4_n.1_1.5"),
            ("challenges/3", "3.5_n.1_1.5"),
            ("notifications", "3.5_n.2_1.5"),
        ]


def test_the_header_wins_over_the_address(noura: FlaskClient) -> None:
    query = "topics=challenges/1&last_event_id=1.0"
    with begun(noura, query, last="1.4") as seen:
        assert [m.last_event_id for m in seen.messages] == ["1.5"]


def test_where_nothing_comes_an_id_alone_tells_the_place(noura: FlaskClient) -> None:
    with begun(noura, "topics=challenges/1,notifications&last_event_id=1.5", pieces=1) as seen:
        assert seen.messages == []
        assert seen.last_event_id == "1.5_n.2"


def test_a_place_that_cannot_be_served_is_a_reset_of_that_topic_alone(noura: FlaskClient) -> None:
    vector = "1.99_3.3_n." + "9" * 40
    with begun(
        noura, f"topics=challenges/1,challenges/3,notifications&last_event_id={vector}"
    ) as s:
        assert [said["mode"] for said in s.said] == ["reset", "resumed", "reset"]
        assert [(m.event, m.last_event_id) for m in s.messages] == [
            ("challenges/1", "3.3_n.2_1.5"),
            ("challenges/3", "3.4_n.2_1.5"),
            ("challenges/3", "3.5_n.2_1.5"),
        ]


def test_a_refused_topic_is_named_and_the_others_go_on(noura: FlaskClient) -> None:
    with begun(noura, "topics=challenges/2,challenges/1,challenges/404") as seen:
        assert seen.said == [
            opened("challenges/1", "snapshot", 5, 5),
            {"topic": "challenges/2", "state": "refused", "status": 403, "detail": NOT_YOURS},
            {"topic": "challenges/404", "state": "refused", "status": 404, "detail": NOT_FOUND},
        ]
        assert [m.event for m in seen.messages] == ["challenges/1"]
        assert "2." not in seen.last_event_id


def test_nothing_of_a_refused_topic_is_brought_whatever_the_vector_says(
    noura: FlaskClient,
) -> None:
    with begun(noura, "topics=challenges/2,challenges/1&last_event_id=2.0_1.0") as seen:
        assert {m.event for m in seen.messages} == {"challenges/1"}


def test_where_all_are_refused_the_first_one_says_why(noura: FlaskClient) -> None:
    refused(noura.get(f"{STREAM}?topics=challenges/2,challenges/404"), 403, {"detail": NOT_YOURS})
    refused(noura.get(f"{STREAM}?topics=challenges/404,challenges/2"), 404, {"detail": NOT_FOUND})


def test_without_signing_in_there_is_nothing(client_without_session: FlaskClient) -> None:
    response = client_without_session.get(f"{STREAM}?topics=notifications")
    assert response.status_code == 401


@pytest.fixture
def client_without_session(as_user: AsUser) -> FlaskClient:
    return as_user("noura").application.test_client()


NAME_SOME = "Name the topics to follow, such as challenges/12,notifications."
TOO_MANY = "One stream has at most 8 topics. Follow the others with another one."


def no_topic(name: str) -> str:
    return f"“{name}” is no topic: name notifications, or a challenge as challenges/12."


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
def test_a_list_of_topics_that_is_none_is_refused(
    service: Service, noura: FlaskClient, topics: str, text: str
) -> None:
    response = noura.get(STREAM, query_string={"topics": topics})
    refused(response, 400, {"topics": [text]})
    assert service.hub.open_streams == 0


@pytest.mark.parametrize("query", ["", "topics"])
def test_without_topics_it_says_how_to_name_them(noura: FlaskClient, query: str) -> None:
    refused(noura.get(f"{STREAM}?{query}"), 400, {"topics": [NAME_SOME]})


@pytest.mark.parametrize(
    "vector",
    ["banana", "45", "1.2_1.3", "1.2__3.4", "1.-2", "0.1", "10000000000.1", "n." + "1" * 127],
)
def test_a_vector_that_is_none_is_refused(noura: FlaskClient, vector: str) -> None:
    def said(name: str) -> dict[str, str]:
        text = "must be the id of the last message received, such as 12.45_13.7_n.3."
        return {"detail": f"{name} {text}"}

    address = f"{STREAM}?topics=notifications"
    refused(noura.get(f"{address}&last_event_id={vector}"), 400, said("last_event_id"))
    headers = {"Last-Event-ID": vector}
    refused(noura.get(address, headers=headers), 400, said("Last-Event-ID"))


def test_a_finished_challenge_read_to_its_end_is_over_and_keeps_its_place(
    service: Service, noura: FlaskClient, duels: list[Challenge]
) -> None:
    play_to_the_end(service, duels[0])
    query = "topics=challenges/1,challenges/3&last_event_id=1.46"
    with begun(noura, query) as seen:
        assert seen.said == [
            opened("challenges/1", "resumed", 46, 46),
            {"topic": "challenges/1", "state": "over"},
            opened("challenges/3", "snapshot", 5, 5),
        ]
        assert seen.last_event_id == "1.46_3.5"
        assert service.hub.open_streams == 1


def test_a_finished_challenge_with_something_left_tells_it_first(
    service: Service, noura: FlaskClient, duels: list[Challenge]
) -> None:
    play_to_the_end(service, duels[0])
    with begun(noura, "topics=challenges/1&last_event_id=1.45") as seen:
        assert seen.said == [opened("challenges/1", "resumed", 45, 46)]
        assert [m.last_event_id for m in seen.messages] == ["1.46"]


@pytest.mark.parametrize("others", ["", ",challenges/2"])
def test_where_all_are_over_the_browser_is_told_not_to_come_back(
    service: Service, noura: FlaskClient, duels: list[Challenge], others: str
) -> None:
    for duel in (duels[0], duels[2]):
        play_to_the_end(service, duel)
    query = f"topics=challenges/1,challenges/3{others}"
    response = noura.get(f"{STREAM}?{query}&last_event_id=1.46_3.46")
    assert (response.status_code, response.data) == (204, b"")
    with begun(noura, f"{query}&last_event_id=1.46_3.45") as seen:
        assert [m.last_event_id for m in seen.messages] == ["1.46_3.46"]


def test_head_answers_with_the_headers_and_takes_no_place(
    service: Service, noura: FlaskClient
) -> None:
    response = noura.head(f"{STREAM}?topics=challenges/1,notifications")
    assert (response.status_code, response.data) == (200, b"")
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert service.hub.open_streams == 0


def test_every_topic_is_buffered_before_any_is_read(
    service: Service, noura: FlaskClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is announced from then on waits for the stream."""
    read, buffered = service.opener.challenge, []
    topics = ("challenge:1", "challenge:3", f"user:{people['noura']}")

    def watched(*given: Any) -> Any:
        buffered.append([is_received(service, topic) for topic in topics])
        return read(*given)

    monkeypatch.setattr(service.opener, "challenge", watched)
    noura.head(f"{STREAM}?topics=challenges/1,challenges/3,notifications")
    assert buffered == [[True] * 3] * 2
    assert [is_received(service, topic) for topic in topics] == [False] * 3


def test_a_body_that_is_dropped_releases_every_topic(
    service: Service, noura: FlaskClient, people: People
) -> None:
    with begun(noura, "topics=challenges/1,challenges/3,notifications"):
        assert service.hub.open_streams == 3
    assert service.hub.open_streams == 0
    assert not is_received(service, "challenge:1")
    assert not is_received(service, f"user:{people['noura']}")


@pytest.mark.parametrize(("prefix", "shown"), [("/en", "Ongoing"), ("/ar", "جارٍ")])
def test_messages_and_refusals_are_in_the_readers_language(
    noura: FlaskClient, prefix: str, shown: str
) -> None:
    response = noura.get(f"{prefix}{STREAM}?topics=challenges/1,challenges/2")
    chunks = iter(response.response)
    seen = Beginning(b"".join(bytes(next(chunks)) for _ in range(2)))  # type: ignore[arg-type]  # bytes here
    response.close()
    assert json.loads(seen.messages[0].data)["payload"]["status_display"] == shown
    assert (seen.said[-1]["detail"] == NOT_YOURS) is (prefix == "/en")
