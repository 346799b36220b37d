"""What is read from the log is the same message for each viewer, although most of it is not decoded."""

import json

import orjson
import pytest
from sqlalchemy import insert, text

from qader_sse.domain.challenge import Attempt, Player
from qader_sse.domain.events import Event, challenge_topic, is_last, user_topic
from qader_sse.domain.facts import attempt_fact
from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.domain.presenters import Viewer, message
from qader_sse.domain.unread_facts import UnreadFact
from qader_sse.realtime.protocol.rendered_event import render
from qader_sse.service import Service
from qader_sse.store import event_pages, logged_events
from qader_sse.store.models import EventRow
from tests.support.duel import add_users, play_to_the_end, started_duel, user_id

TOPIC = challenge_topic(1)


@pytest.fixture
def topics(service_on_either: Service) -> list[str]:
    """Topics that have had messages of all types, with names that JSON escapes or not."""
    challenges, now = service_on_either.challenges, service_on_either.clock()
    add_users(service_on_either, 'سارة "الأولى"\n')
    noura, khalid = (user_id(service_on_either, name) for name in ("noura", "khalid"))
    duel = started_duel(service_on_either, noura, "khalid")
    play_to_the_end(service_on_either, duel)
    invited = challenges.invite(noura, "medium_verbal_15", "khalid", now)
    challenges.decline(invited.id, khalid, now)
    withdrawn = challenges.invite(noura, "quick_quant_10", 'سارة "الأولى"\n', now)
    challenges.cancel(withdrawn.id, noura, now)
    of_people = [user_topic(n) for n in withdrawn.player_ids] + [user_topic(khalid)]
    return [*of_people, *(challenge_topic(one.id) for one in (duel, invited, withdrawn))]


def read(service: Service, topic: str) -> list[Event]:
    with service.database.autocommit() as connection:
        return event_pages.read(connection, topic, 0, 100)


def store(service: Service, topic: str, kind: str, written: str) -> None:
    """Append an event that is written in this way to a topic without events."""
    row = {"topic": topic, "seq": 1, "type": kind, "fact": {}, "created_at": service.clock()}
    with service.database.transaction() as tx:
        tx.connection.execute(insert(EventRow).values(row))
        tx.connection.execute(text("UPDATE events SET fact = :written"), {"written": written})


def test_a_message_from_the_log_is_the_one_that_its_decoded_fact_makes(
    service_on_either: Service, topics: list[str]
) -> None:
    viewers = [Viewer(person, locale) for person in (1, 2, 3) for locale in ("ar", "en")]
    kinds = set()
    for topic in topics:
        with service_on_either.database.autocommit() as connection:
            logged = logged_events.after(connection, topic, 0, 100)
        decoded = [Event(topic, header.seq, header.type, fact) for header, fact in logged]
        stored = read(service_on_either, topic)
        kinds |= {event.type for event in stored}
        assert stored == decoded
        for one, other, (header, _) in zip(stored, decoded, logged, strict=True):
            assert one.committed_at == pytest.approx(header.committed_at.timestamp(), abs=0.001)
            for viewer in viewers:
                frame = render(one, viewer)
                assert frame.data == orjson.dumps(message(other, viewer))
                assert frame.is_last == is_last(other)
    assert kinds == {name for name, kind in MESSAGE_TYPES.items() if kind.topic != "connection"}


def test_what_all_see_alike_is_passed_on_from_the_log_without_being_read(
    service_on_either: Service,
) -> None:
    # Not as orjson would write it.
    store(service_on_either, TOPIC, "participant.update", '{"score": 1e0, "is_online":true}')
    (event,) = read(service_on_either, TOPIC)
    assert type(event.fact) is UnreadFact
    expected = b'{"type":"participant.update","payload":{"score": 1e0, "is_online":true}}'
    assert render(event, Viewer(1, "en")).data == expected


def test_what_an_earlier_version_stored_is_completed(service_on_either: Service) -> None:
    fact = dict(attempt_fact(Attempt(3, Player(1, "noura", "Noura")), is_playing=True))
    earlier = {key: value for key, value in fact.items() if key != "is_online"}
    store(service_on_either, TOPIC, "participant.update", json.dumps(earlier))
    (event,) = read(service_on_either, TOPIC)
    said = orjson.loads(render(event, Viewer(1, "en")).data)
    assert said["payload"] == {**fact, "is_online": False}
