"""Several topics on one connection: each event exactly once and in order, as with one topic."""

import gevent
import pytest

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import cursor as cursors
from qader_sse.service import Service
from qader_sse.store import event_pages
from tests.support.duel import play_to_the_end
from tests.support.several_topics import Duels, People, all_of, by_topic, happen, opened, stored
from tests.support.streams import store_away, unannounced, wait_until
from tests.support.transports import SSE_TRANSPORTS, viewing_several

every_transport = pytest.mark.parametrize("transport", SSE_TRANSPORTS)


@every_transport
def test_bursts_on_several_topics_are_those_of_single_streams(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    starts = opened(service, viewer, duels)
    with viewing_several(transport, service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        happen(service, duels, people)
        whole = all_of(seen, service, viewer, duels)
    assert by_topic(seen.events) == whole
    assert seen.connection.sent == len(seen.events) == 46 + 86 + 4


@pytest.mark.claim("V4")
@every_transport
def test_the_id_of_each_frame_has_the_cursor_of_every_topic(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    cursors_by_topic = {f"challenges/{duels[0].id}": 2}
    starts = opened(service, viewer, duels, cursors_by_topic)
    known = {**cursors_by_topic, "notifications": starts["notifications"].head}
    with viewing_several(transport, service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        happen(service, duels, people)
        wait_until(lambda: len(seen.events) == 44 + (1 + 81) + 2)
    for event in seen.events:
        is_snapshot = event.event not in known
        known[event.event] = starts[event.event].head if is_snapshot else known[event.event] + 1
        assert cursors.parse_vector(event.last_event_id) == known


def test_after_a_cut_at_any_frame_each_topic_resumes_with_exactly_the_rest(
    service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    starts = opened(service, viewer, duels)
    with viewing_several("socket", service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        happen(service, duels, people)
        whole = all_of(seen, service, viewer, duels)
    total = len(seen.events)
    assert total == sum(map(len, whole.values()))
    for number, cut_at in enumerate(seen.events, 1):
        starts = opened(service, viewer, duels, cursors.parse_vector(cut_at.last_event_id))
        assert {start.mode for start in starts.values()} == {"resumed"}
        with viewing_several("socket", service, viewer, starts) as rest:
            rest.read()
            wait_until(lambda: len(rest.events) >= total - number)  # noqa: B023  # waits here
        before = by_topic(seen.events[:number])
        after = by_topic(rest.events)
        assert {n: before.get(n, []) + after.get(n, []) for n in whole} == whole


@every_transport
def test_what_was_not_announced_is_found_in_the_log(
    transport: str,
    service: Service,
    people: People,
    duels: Duels,
    viewer: Viewer,
) -> None:
    with viewing_several(transport, service, viewer, opened(service, viewer, duels)) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            happen(service, duels, people)
        service.hub.catch_up()
        whole = all_of(seen, service, viewer, duels)
    assert by_topic(seen.events) == whole


@every_transport
def test_while_the_log_of_one_topic_cannot_be_read_the_others_go_on(
    transport: str,
    service: Service,
    people: People,
    duels: Duels,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = duels
    play_to_the_end(service, second)
    starts = opened(service, viewer, duels)
    behind = starts[f"challenges/{second.id}"]
    assert len(behind.frames) < behind.head

    with monkeypatch.context() as broken:
        broken.setattr(service.database, "autocommit", store_away)
        with viewing_several(transport, service, viewer, starts) as seen:
            seen.read()
            wait_until(lambda: service.hub.counters["log_away"] > 0)
            broken.undo()
            # The announcement brings the new event itself; the log still cannot be read.
            broken.setattr(event_pages, "read", store_away)
            question = first.questions[0].id
            service.challenges.answer(
                first.id, viewer.user_id, question, "A", None, service.clock()
            )
            wait_until(lambda: len(by_topic(seen.events)[f"challenges/{first.id}"]) == 5 + 2)
            assert len(by_topic(seen.events)[f"challenges/{second.id}"]) == len(behind.frames)
            broken.undo()
            whole = stored(service, viewer, duels)
            wait_until(lambda: len(seen.events) == sum(map(len, whole.values())))
    assert by_topic(seen.events) == whole


@every_transport
def test_a_client_that_stops_reading_for_a_while_gets_every_message_whole(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    starts = opened(service, viewer, duels)
    with (
        viewing_several(transport, service, viewer, starts) as slow,
        viewing_several(transport, service, viewer, starts) as quick,
    ):
        quick.read()
        gevent.idle()
        happen(service, duels, people)
        all_of(quick, service, viewer, duels)
        assert slow.connection.sent < len(quick.events)
        slow.read()
        whole = all_of(slow, service, viewer, duels)
    assert by_topic(slow.events) == whole


def test_events_committed_while_the_stream_opens_are_sent(
    service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    first, _ = duels
    names = [f"challenge:{duel.id}" for duel in duels] + [f"user:{viewer.user_id}"]
    with service.hub.buffering(*names):
        starts = opened(service, viewer, duels)
        question = first.questions[0].id
        service.challenges.answer(first.id, viewer.user_id, question, "A", None, service.clock())
        service.challenges.invite(people["khalid"], "quick_quant_10", "noura", service.clock())
        with viewing_several("socket", service, viewer, starts) as seen:
            seen.read()
            wait_until(lambda: len(seen.events) == 5 + 5 + 2 + 3)
    assert service.hub.counters["log_reads"] == 0
    assert by_topic(seen.events) == stored(service, viewer, duels)
