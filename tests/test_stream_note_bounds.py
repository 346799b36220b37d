"""However often somebody opens streams, and whatever they send: what is noted of it has a bound."""

from collections import Counter
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.opening_shares import MOST
from qader_sse.realtime.streams.connection import Connection
from qader_sse.service import Service
from qader_sse.store.stream_note_models import StreamLook, StreamNote
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel
from tests.support.several_topics import opened
from tests.support.transports import subscribed, viewing


def test_an_error_that_is_answered_after_the_end_is_kept_nowhere(
    service: Service, people: dict[str, int]
) -> None:
    """As the refusal over a limit, which waits before it answers."""
    viewer, notes = Viewer(people["noura"], "en"), service.hub.notes
    start = service.opener.notifications(viewer, None)
    with viewing("websocket", service, viewer, start) as seen:
        notes.answered_error(seen.connection)
    _, (ending,) = notes.take()
    assert ending.errors == 1
    before = str(vars(notes))
    notes.answered_error(seen.connection)
    assert str(vars(notes)) == before


def test_a_topic_that_ended_before_its_unread_stream_is_forgotten_with_it(
    service: Service, people: dict[str, int]
) -> None:
    viewer, notes = Viewer(people["noura"], "en"), service.hub.notes
    duels = (
        started_duel(service, viewer.user_id, "khalid"),
        started_duel(service, viewer.user_id, "khalid", "accuracy_challenge"),
    )
    starts = opened(service, viewer, duels)
    subscriptions, _ = subscribed(viewer, starts)
    connection = Connection(
        services=service.streams,
        transport="sse",
        user_id=viewer.user_id,
        session_id="a session",
        subscriptions=tuple(subscriptions),
    )
    with service.hub.buffering(*(start.topic for start in starts.values())):
        for start in starts.values():
            service.hub.raise_head(start.topic, start.head)
        connection.attach()
        notes.opened(connection, list(starts.values()))
    before = str(vars(notes)["_unsettled"])
    play_to_the_end(service, duels[0])
    while not connection.subscriptions[0].is_over:
        connection.take_next()
    connection.take_recent()  # leaves the topic that is over
    service.stream_recorder.run_once()
    assert str(vars(notes)["_unsettled"]) != before
    connection.detach()
    assert str(vars(notes)["_unsettled"]) == before


def noted(service: Service) -> Counter[int]:
    """Write what was noted; return how many notes there are of each person."""
    service.stream_recorder.run_once()
    with service.database.read_transaction() as connection:
        return Counter(connection.scalars(select(StreamNote.user_id)))


def test_whoever_opens_streams_in_a_loop_is_noted_thirty_times_a_minute(
    service: Service,
    people: dict[str, int],
    as_user: Callable[[str], FlaskClient],
    clock: SettableClock,
) -> None:
    noura, khalid = as_user("noura"), as_user("khalid")

    def open_streams(client: FlaskClient, count: int) -> None:
        for _ in range(count):
            client.get("/sse/challenges/notifications/").close()

    open_streams(noura, MOST + 7)
    open_streams(khalid, 1)
    assert noted(service) == {people["noura"]: MOST, people["khalid"]: 1}
    with service.database.read_transaction() as connection:
        assert connection.scalars(select(StreamLook.lost)).all() == [7]
    clock.advance(60)
    open_streams(noura, 1)
    assert noted(service)[people["noura"]] == MOST + 1


def test_so_is_whoever_polls_with_cursors_that_cannot_be_served(
    service: Service, people: dict[str, int]
) -> None:
    """Each page after a reset is noted as another stream."""
    viewer, ahead = Viewer(people["noura"], "en"), 1_000_000
    for _ in range(MOST):
        for cursor in (0, ahead):
            start = service.opener.notifications(viewer, cursor)
            service.polling_clients.polled(viewer.user_id, "a session", start)
    assert noted(service) == {people["noura"]: MOST}
