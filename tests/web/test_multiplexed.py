"""`GET /sse/stream/?topics=…`: each topic with its own permission, replay and reset."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event
from qader_sse.service import Service
from tests.support.duel import play_to_the_end
from tests.support.stream_beginning import (
    NOT_FOUND,
    NOT_YOURS,
    STREAM,
    StreamBeginning,
    begun,
    opened,
    single,
)

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


def is_received(service: Service, topic: str) -> bool:
    """Announce an event; return whether the hub keeps it, because somebody watches the topic."""
    received = service.hub.counters["received"]
    service.hub.receive([Event(topic, 1_000 + received, "answer.result", {})])
    return service.hub.counters["received"] > received


@pytest.mark.claim("V6")
def test_snapshots_come_first_and_the_vector_grows_with_them(browser: FlaskClient) -> None:
    with begun(browser, "topics=challenges/3,notifications,challenges/1") as seen:
        assert seen.said == [
            opened("challenges/3", "snapshot", 5, 5),
            opened("notifications", "snapshot", 2, 2),
            opened("challenges/1", "snapshot", 5, 5),
        ]
        assert [(m.event, m.last_event_id) for m in seen.messages] == [
            ("challenges/3", "n.2_3.5"),
            ("challenges/1", "n.2_3.5_1.5"),
        ]
        # A vector comes before the first message, for a browser that is cut before that message.
        assert seen.received.index(b"id: n.2\n") < seen.received.index(b"event: ")


@pytest.mark.claim("V3")
def test_data_is_byte_for_byte_that_of_the_single_streams(browser: FlaskClient) -> None:
    with begun(browser, "topics=challenges/1,notifications&last_event_id=1.0_n.0") as seen:
        found = {
            name: [m.data for m in seen.messages if m.event == name]
            for name in ("challenges/1", "notifications")
        }
    assert found == {
        "challenges/1": single(browser, "challenges/1", 0),
        "notifications": single(browser, "challenges/notifications", 0),
    }
    assert [len(data) for data in found.values()] == [5, 2]


@pytest.mark.claim("V6", "V8")
def test_each_topic_resumes_at_its_cursor(browser: FlaskClient) -> None:
    vector = "3.4_n.1_7.9"
    with begun(
        browser, f"topics=challenges/1,challenges/3,notifications&last_event_id={vector}"
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


@pytest.mark.claim("V5")
def test_the_header_wins_over_the_address(browser: FlaskClient) -> None:
    query = "topics=challenges/1&last_event_id=1.0"
    with begun(browser, query, last="1.4") as seen:
        assert [m.last_event_id for m in seen.messages] == ["1.5"]


def test_without_a_message_an_id_alone_sets_the_vector(browser: FlaskClient) -> None:
    with begun(browser, "topics=challenges/1,notifications&last_event_id=1.5", pieces=1) as seen:
        assert seen.messages == []
        assert seen.last_event_id == "1.5_n.2"


@pytest.mark.claim("V8")
def test_a_cursor_that_cannot_be_served_resets_that_topic_alone(browser: FlaskClient) -> None:
    vector = "1.99_3.3_n." + "9" * 40
    with begun(
        browser, f"topics=challenges/1,challenges/3,notifications&last_event_id={vector}"
    ) as s:
        assert [said["mode"] for said in s.said] == ["reset", "resumed", "reset"]
        assert [(m.event, m.last_event_id) for m in s.messages] == [
            ("challenges/1", "3.3_n.2_1.5"),
            ("challenges/3", "3.4_n.2_1.5"),
            ("challenges/3", "3.5_n.2_1.5"),
        ]


@pytest.mark.claim("V9")
def test_a_refused_topic_is_named_and_the_others_go_on(browser: FlaskClient) -> None:
    with begun(browser, "topics=challenges/2,challenges/1,challenges/404") as seen:
        assert seen.said == [
            opened("challenges/1", "snapshot", 5, 5),
            {"topic": "challenges/2", "state": "refused", "status": 403, "detail": NOT_YOURS},
            {"topic": "challenges/404", "state": "refused", "status": 404, "detail": NOT_FOUND},
        ]
        assert [m.event for m in seen.messages] == ["challenges/1"]
        assert "2." not in seen.last_event_id


def test_nothing_of_a_refused_topic_is_sent_whatever_the_vector_says(
    browser: FlaskClient,
) -> None:
    with begun(browser, "topics=challenges/2,challenges/1&last_event_id=2.0_1.0") as seen:
        assert {m.event for m in seen.messages} == {"challenges/1"}


@pytest.mark.claim("V10")
def test_a_finished_challenge_read_to_its_end_is_over_and_stays_in_the_vector(
    service: Service, browser: FlaskClient, three_duels: list[Challenge]
) -> None:
    play_to_the_end(service, three_duels[0])
    query = "topics=challenges/1,challenges/3&last_event_id=1.46"
    with begun(browser, query) as seen:
        assert seen.said == [
            opened("challenges/1", "resumed", 46, 46),
            {"topic": "challenges/1", "state": "over"},
            opened("challenges/3", "snapshot", 5, 5),
        ]
        assert seen.last_event_id == "1.46_3.5"
        assert service.hub.open_streams == 1


def test_a_finished_challenge_with_events_left_sends_them_first(
    service: Service, browser: FlaskClient, three_duels: list[Challenge]
) -> None:
    play_to_the_end(service, three_duels[0])
    with begun(browser, "topics=challenges/1&last_event_id=1.45") as seen:
        assert seen.said == [
            opened("challenges/1", "resumed", 45, 46),
            {"topic": "challenges/1", "state": "over"},
        ]
        assert [m.last_event_id for m in seen.messages] == ["1.46"]


@pytest.mark.claim("V10")
@pytest.mark.parametrize("others", ["", ",challenges/2"])
def test_if_all_topics_are_over_the_browser_is_told_not_to_reconnect(
    service: Service, browser: FlaskClient, three_duels: list[Challenge], others: str
) -> None:
    for duel in (three_duels[0], three_duels[2]):
        play_to_the_end(service, duel)
    query = f"topics=challenges/1,challenges/3{others}"
    response = browser.get(f"{STREAM}?{query}&last_event_id=1.46_3.46")
    assert (response.status_code, response.data) == (204, b"")
    with begun(browser, f"{query}&last_event_id=1.46_3.45") as seen:
        assert [m.last_event_id for m in seen.messages] == ["1.46_3.46"]


def test_head_answers_with_the_headers_and_attaches_nothing(
    service: Service, browser: FlaskClient
) -> None:
    response = browser.head(f"{STREAM}?topics=challenges/1,notifications")
    assert (response.status_code, response.data) == (200, b"")
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert service.hub.open_streams == 0


def test_every_topic_is_buffered_before_any_is_read(
    service: Service, browser: FlaskClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is announced while another topic is read would otherwise be missing in the stream."""
    read, buffered = service.opener.challenge, []
    topics = ("challenge:1", "challenge:3", f"user:{people['noura']}")

    def watched(*given: Any) -> Any:
        buffered.append([is_received(service, topic) for topic in topics])
        return read(*given)

    monkeypatch.setattr(service.opener, "challenge", watched)
    browser.head(f"{STREAM}?topics=challenges/1,challenges/3,notifications")
    assert buffered == [[True] * 3] * 2
    assert [is_received(service, topic) for topic in topics] == [False] * 3


def test_a_body_that_is_dropped_releases_every_topic(
    service: Service, browser: FlaskClient, people: People
) -> None:
    with begun(browser, "topics=challenges/1,challenges/3,notifications"):
        assert service.hub.open_streams == 3
    assert service.hub.open_streams == 0
    assert not is_received(service, "challenge:1")
    assert not is_received(service, f"user:{people['noura']}")


@pytest.mark.parametrize(("prefix", "shown"), [("/en", "Ongoing"), ("/ar", "جارية")])
def test_messages_and_refusals_are_in_the_readers_language(
    browser: FlaskClient, prefix: str, shown: str
) -> None:
    response = browser.get(f"{prefix}{STREAM}?topics=challenges/1,challenges/2")
    chunks = iter(response.response)
    seen = StreamBeginning(b"".join(bytes(next(chunks)) for _ in range(2)))  # type: ignore[arg-type]  # bytes here
    response.close()
    assert json.loads(seen.messages[0].data)["payload"]["status_display"] == shown
    assert (seen.said[-1]["detail"] == NOT_YOURS) is (prefix == "/en")
