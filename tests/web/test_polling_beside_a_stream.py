"""Clients that poll a worker which has the newest events in memory, because it streams them as well."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from qader_sse.domain.events import Event, challenge_topic, user_topic
from qader_sse.domain.presenters import Viewer, message
from qader_sse.service import Service
from qader_sse.store import event_pages
from tests.support.duel import CHALLENGES, give_answer, started_duel
from tests.support.workers import another_worker, through_redis

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]

NOTIFICATIONS = "/api/v1/challenges/notifications/"
# Creation, accepting, noura ready, khalid ready, the start.
EVENTS_BEFORE_THE_FIRST_ANSWER = 5


@pytest.fixture
def other(service: Service) -> Iterator[Service]:
    """Another worker, whose announcements come through Redis."""
    with another_worker(service) as worker:
        worker.bus.subscribe(
            lambda events: service.hub.receive(through_redis(events)), lambda: None
        )
        yield worker


def logged(service: Service, topic: str, after: int) -> list[Event]:
    with service.database.read_transaction() as connection:
        return event_pages.read(connection, topic, after, 100)


def assert_brought(
    service: Service, client: FlaskClient, path: str, viewer: Viewer, events: list[Event]
) -> None:
    """Assert that polling brings these from memory, as the log has them."""
    page = client.get(f"{path}events/?after={events[0].seq - 1}")
    assert page.status_code == 200
    assert page.json is not None
    assert page.json["events"] == [{"id": event.seq, **message(event, viewer)} for event in events]
    assert service.opener.counters["rows"] == 0


@pytest.mark.parametrize("name", ["noura", "khalid"])
def test_polling_brings_the_answers_that_another_worker_has_announced(
    service: Service, other: Service, people: People, as_user: AsUser, name: str
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    topic = challenge_topic(duel.id)
    with service.hub.buffering(topic):
        give_answer(other, duel, 0)
        events = logged(service, topic, EVENTS_BEFORE_THE_FIRST_ANSWER)
        assert [event.type for event in events] == ["answer.result", "participant.update"]
        viewer = Viewer(people[name], "en")
        assert_brought(service, as_user(name), f"{CHALLENGES}{duel.id}/", viewer, events)


def test_polling_brings_the_notifications_that_another_worker_has_announced(
    service: Service, other: Service, people: People, as_user: AsUser
) -> None:
    topic = user_topic(people["noura"])
    with service.hub.buffering(topic):
        started_duel(other, people["noura"], "khalid")
        events = logged(service, topic, 0)
        assert [event.type for event in events] == ["challenge_accepted_notification"]
        viewer = Viewer(people["noura"], "en")
        assert_brought(service, as_user("noura"), NOTIFICATIONS, viewer, events)
