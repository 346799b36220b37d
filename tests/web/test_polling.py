"""The messages of a challenge for clients that ask again and again: `events/?after=N`."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from sqlalchemy import delete, update

from conformance.duel_log import violations
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, challenge_topic, user_topic
from qader_sse.domain.presenters import Viewer, message
from qader_sse.service import Service
from qader_sse.store import event_pages
from qader_sse.store.models import EventRow, Topic
from qader_sse.web.api.schemas import EventsResponse
from tests.support.duel import CHALLENGES, play_to_the_end, started_duel

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]

PLAYERS = ("noura", "khalid")
# Creation, accepting, noura ready, khalid ready, the start.
EVENTS_BEFORE_THE_FIRST_ANSWER = 5


@pytest.fixture
def duel(service: Service, people: People) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def long_duel(service: Service, people: People) -> Challenge:
    """A finished duel whose log takes several pages."""
    started = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    return play_to_the_end(service, started)


def poll(client: FlaskClient, challenge: Challenge, after: object) -> Any:
    response = client.get(f"{CHALLENGES}{challenge.id}/events/?after={after}")
    assert response.status_code == 200
    adapter = TypeAdapter(EventsResponse)
    assert adapter.dump_python(adapter.validate_python(response.json)) == response.json
    return response.get_json()


def poll_to_the_head(client: FlaskClient, challenge: Challenge) -> list[Any]:
    """Ask as a client does: from nothing, until the last number received is the head."""
    received: list[Any] = []
    while True:
        page = poll(client, challenge, after=received[-1]["id"] if received else 0)
        assert page["reset"] is False
        assert page["events"], "a page that brings nothing would be asked for for ever"
        received += page["events"]
        if received[-1]["id"] == page["head"]:
            return received


def logged(service: Service, topic: str) -> list[Event]:
    with service.database.read_transaction() as connection:
        return event_pages.read(connection, topic, 0, 1_000)


def trim(service: Service, challenge: Challenge, floor: int) -> None:
    """Drop the oldest events from the log, up to and including number `floor`."""
    topic = challenge_topic(challenge.id)
    oldest = delete(EventRow).where(EventRow.topic == topic, EventRow.seq <= floor)
    with service.database.transaction() as tx:
        tx.connection.execute(oldest)
        tx.connection.execute(update(Topic).where(Topic.name == topic).values(floor=floor))


@pytest.mark.parametrize("name", PLAYERS)
def test_polling_brings_the_whole_log_as_this_player_sees_it(
    service: Service, people: People, as_user: AsUser, long_duel: Challenge, name: str
) -> None:
    received = poll_to_the_head(as_user(name), long_duel)
    events, viewer = logged(service, challenge_topic(long_duel.id)), Viewer(people[name], "en")
    assert received == [{"id": event.seq, **message(event, viewer)} for event in events]
    assert len(received) > 80  # twenty answers of both, each with its update
    assert received[-1]["type"] == "challenge.end"


@pytest.mark.parametrize("name", PLAYERS)
def test_what_polling_brings_keeps_the_contract(
    people: People, as_user: AsUser, long_duel: Challenge, name: str
) -> None:
    received = poll_to_the_head(as_user(name), long_duel)
    numbered = [(e["id"], {"type": e["type"], "payload": e["payload"]}) for e in received]
    assert violations(numbered, people[name]) == []


def test_every_number_can_be_continued_from(as_user: AsUser, duel: Challenge) -> None:
    noura = as_user("noura")
    everything = poll(noura, duel, after=0)
    head = everything["head"]
    assert [event["id"] for event in everything["events"]] == list(range(1, head + 1))
    for after in range(head + 1):
        expected = {**everything, "events": everything["events"][after:]}
        assert poll(noura, duel, after) == expected


def test_at_the_head_there_is_nothing_until_something_happens(
    service: Service, as_user: AsUser, duel: Challenge
) -> None:
    noura = as_user("noura")
    head = poll(noura, duel, after=0)["head"]
    assert head == EVENTS_BEFORE_THE_FIRST_ANSWER
    assert poll(noura, duel, head) == {"events": [], "head": head, "reset": False}

    question, now = duel.questions[0], service.clock()
    noura_id = duel.challenger.id
    service.challenges.answer(duel.id, noura_id, question.id, question.correct_answer, None, now)
    page = poll(noura, duel, head)
    assert [(e["id"], e["type"]) for e in page["events"]] == [
        (head + 1, "answer.result"),
        (head + 2, "participant.update"),
    ]
    assert (page["head"], page["reset"]) == (head + 2, False)


@pytest.mark.claim("P2")
@pytest.mark.parametrize("query", ["", "?after=", "?after={beyond}", "?after=" + "9" * 40])
def test_a_number_that_cannot_be_served_brings_a_snapshot(
    as_user: AsUser, duel: Challenge, query: str
) -> None:
    noura = as_user("noura")
    head = poll(noura, duel, after=0)["head"]
    at = f"{CHALLENGES}{duel.id}/"
    page = noura.get(f"{at}events/{query.format(beyond=head + 1)}").get_json()
    assert (page["reset"], page["head"], len(page["events"])) == (True, head, 1)
    (snapshot,) = page["events"]
    assert (snapshot["id"], snapshot["type"]) == (head, "challenge.update")
    assert snapshot["payload"] == noura.get(at).get_json()


def test_what_was_trimmed_is_replaced_by_a_snapshot_and_the_rest_is_not(
    service: Service, as_user: AsUser, duel: Challenge
) -> None:
    noura, floor = as_user("noura"), 3
    before = poll(noura, duel, after=0)
    trim(service, duel, floor)
    for after in range(floor):
        page = poll(noura, duel, after)
        assert page["reset"] is True
        assert [(e["id"], e["type"]) for e in page["events"]] == [
            (before["head"], "challenge.update")
        ]
    for after in range(floor, before["head"] + 1):
        assert poll(noura, duel, after) == {**before, "events": before["events"][after:]}


@pytest.mark.parametrize("after", ["", "?after=0", "?after=99"])
def test_a_stranger_is_told_there_is_no_such_challenge(
    as_user: AsUser, duel: Challenge, after: str
) -> None:
    stranger = as_user("stranger")
    refused = stranger.get(f"{CHALLENGES}{duel.id}/events/{after}")
    missing = stranger.get(f"{CHALLENGES}{duel.id + 1}/events/{after}")
    assert refused.status_code == missing.status_code == 404
    assert refused.json == missing.json


def test_what_the_other_chose_is_hidden_until_one_has_answered_too(
    service: Service, people: People, as_user: AsUser, duel: Challenge
) -> None:
    question, now = duel.questions[0], service.clock()
    noura, khalid = people["noura"], people["khalid"]
    service.challenges.answer(duel.id, noura, question.id, "A", None, now)
    service.challenges.answer(duel.id, khalid, question.id, "B", None, now)
    for name, expected in (("noura", ["A", "B"]), ("khalid", [None, "B"])):
        events = poll(as_user(name), duel, after=EVENTS_BEFORE_THE_FIRST_ANSWER)["events"]
        shown = [e["payload"] for e in events if e["type"] == "answer.result"]
        assert [payload["user_id"] for payload in shown] == [noura, khalid]
        assert [payload["selected_answer"] for payload in shown] == expected


@pytest.mark.parametrize(("prefix", "shown"), [("/en", "Ongoing"), ("/ar", "جارية")])
def test_a_message_is_in_the_readers_language(
    as_user: AsUser, duel: Challenge, prefix: str, shown: str
) -> None:
    page = as_user("noura").get(f"{prefix}{CHALLENGES}{duel.id}/events/?after=0").get_json()
    assert page["events"][-1]["payload"]["status_display"] == shown


NOTIFICATIONS = "/api/v1/challenges/notifications/events/"


def poll_notifications(client: FlaskClient, query: str) -> Any:
    response = client.get(f"{NOTIFICATIONS}{query}")
    assert response.status_code == 200
    adapter = TypeAdapter(EventsResponse)
    assert adapter.dump_python(adapter.validate_python(response.json)) == response.json
    return response.get_json()


def test_notifications_are_polled_as_their_stream_has_them(
    service: Service, people: People, as_user: AsUser
) -> None:
    for kind in ("quick_quant_10", "medium_verbal_15", "accuracy_challenge"):
        service.challenges.invite(people["noura"], kind, "khalid", service.clock())
    khalid, viewer = as_user("khalid"), Viewer(people["khalid"], "en")
    events = logged(service, user_topic(viewer.user_id))
    expected = [{"id": event.seq, **message(event, viewer)} for event in events]
    assert [event["id"] for event in expected] == [1, 2, 3]
    for after in range(4):
        page = poll_notifications(khalid, f"?after={after}")
        assert page == {"events": expected[after:], "head": 3, "reset": False}
    assert poll_notifications(as_user("noura"), "?after=0")["events"] == []


@pytest.mark.claim("P1")
def test_many_notifications_come_page_after_page(
    service: Service, people: People, as_user: AsUser
) -> None:
    for _ in range(60):
        started_duel(service, people["khalid"], "noura")  # khalid is told that it was accepted
    khalid, received = as_user("khalid"), [0]
    while received[-1] < 60:
        page = poll_notifications(khalid, f"?after={received[-1]}")
        assert page["head"] == 60
        received += [event["id"] for event in page["events"]]
    assert received == list(range(61))


@pytest.mark.parametrize("query", ["", "?after=", "?after=2", "?after=" + "9" * 40])
def test_a_place_in_the_notifications_that_cannot_be_served_brings_their_head(
    service: Service, people: People, as_user: AsUser, query: str
) -> None:
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", service.clock())
    page = poll_notifications(as_user("khalid"), query)
    assert page == {"events": [], "head": 1, "reset": True}


def test_a_place_in_the_notifications_that_is_no_number_is_refused(as_user: AsUser) -> None:
    response = as_user("khalid").get(f"{NOTIFICATIONS}?after=n.3")
    said = "after must be the id of the last message received, a whole number."
    assert (response.status_code, response.json) == (400, {"detail": said})


def test_whoever_polls_notifications_is_there(
    service: Service, people: People, as_user: AsUser
) -> None:
    poll_notifications(as_user("khalid"), "")
    assert service.hub.online_user_ids() == {people["khalid"]}
