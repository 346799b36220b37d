"""Several topics on one connection keep to what one topic on one does: exactly once, in order."""

import json
from collections.abc import Mapping
from typing import Any

import gevent
import pytest
from flask import Flask
from qader_client.sse import ServerSentEvent
from sqlalchemy import delete, update

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import cursor as cursors
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import Service
from qader_sse.store import accounts, event_log
from qader_sse.store.models import EventRow, Topic
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import first_frames, store_away, stored_frames, unannounced, wait_until
from tests.support.transports import SSE_TRANSPORTS, Viewing, viewing_several

People = dict[str, int]
Duels = tuple[Challenge, Challenge]

every_transport = pytest.mark.parametrize("transport", SSE_TRANSPORTS)


@pytest.fixture
def duels(service: Service, people: People) -> Duels:
    first = started_duel(service, people["noura"], "khalid")
    return first, started_duel(service, people["stranger"], "noura", "comprehensive_20")


@pytest.fixture
def viewer(people: People) -> Viewer:
    return Viewer(people["noura"], "ar")


def opened(
    service: Service, viewer: Viewer, duels: Duels, places: Mapping[str, int] | None = None
) -> dict[str, TopicStart]:
    """Open both duels and the notifications from these places; by default from the beginning."""
    if places is None:
        places = {f"challenges/{duel.id}": 0 for duel in duels} | {"notifications": 0}
    starts = {
        f"challenges/{duel.id}": service.opener.challenge(
            duel.id, viewer, places.get(f"challenges/{duel.id}")
        )
        for duel in duels
    }
    found = service.opener.notifications(viewer, places.get("notifications"))
    return starts | {"notifications": found}


def stored(service: Service, viewer: Viewer, duels: Duels) -> dict[str, list[bytes]]:
    """Return what single streams bring, byte for byte, from the beginning of each topic."""
    found = {f"challenges/{d.id}": stored_frames(service, d.id, viewer) for d in duels}
    by_name = {name: [frame.data for frame in frames] for name, frames in found.items()}
    notified = first_frames(service.opener.notifications(viewer, 0), viewer)
    return by_name | {"notifications": [frame.data for frame in notified]}


def by_topic(events: list[ServerSentEvent]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for event in events:
        found.setdefault(event.event, []).append(event.data.encode())
    return found


def all_of(seen: Viewing, service: Service, viewer: Viewer, duels: Duels) -> dict[str, list[bytes]]:
    """Wait until as much came as single streams bring; return what those bring."""
    whole = stored(service, viewer, duels)
    wait_until(lambda: len(seen.events) >= sum(map(len, whole.values())))
    return whole


def happen(service: Service, duels: Duels, people: People) -> None:
    """Let both duels end, and two invites come."""
    for duel in duels:
        play_to_the_end(service, duel)
        service.challenges.invite(people["khalid"], "quick_quant_10", "noura", service.clock())


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


@every_transport
def test_each_frame_tells_where_every_topic_is(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    places = {f"challenges/{duels[0].id}": 2}
    starts = opened(service, viewer, duels, places)
    known = {**places, "notifications": starts["notifications"].head}
    with viewing_several(transport, service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        happen(service, duels, people)
        wait_until(lambda: len(seen.events) == 44 + (1 + 81) + 2)
    for event in seen.events:
        is_snapshot = event.event not in known
        known[event.event] = starts[event.event].head if is_snapshot else known[event.event] + 1
        assert cursors.parse_vector(event.last_event_id) == known


def test_cut_after_any_frame_each_topic_brings_exactly_the_rest(
    service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    starts = opened(service, viewer, duels)
    with viewing_several("pushed", service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        happen(service, duels, people)
        whole = all_of(seen, service, viewer, duels)
    total = len(seen.events)
    assert total == sum(map(len, whole.values()))
    for number, cut_at in enumerate(seen.events, 1):
        starts = opened(service, viewer, duels, cursors.parse_vector(cut_at.last_event_id))
        assert {start.mode for start in starts.values()} == {"resumed"}
        with viewing_several("pushed", service, viewer, starts) as rest:
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
def test_while_one_topic_cannot_be_read_the_others_go_on(
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
    assert len(behind.events) < behind.head

    with monkeypatch.context() as broken:
        broken.setattr(service.database, "autocommit", store_away)
        with viewing_several(transport, service, viewer, starts) as seen:
            seen.read()
            wait_until(lambda: service.hub.counters["log_away"] > 0)
            broken.undo()
            # As another node's announcement would: this one still cannot read.
            broken.setattr(event_log, "read", store_away)
            question = first.questions[0].id
            service.challenges.answer(
                first.id, viewer.user_id, question, "A", None, service.clock()
            )
            wait_until(lambda: len(by_topic(seen.events)[f"challenges/{first.id}"]) == 5 + 2)
            assert len(by_topic(seen.events)[f"challenges/{second.id}"]) == len(behind.events)
            broken.undo()
            whole = stored(service, viewer, duels)
            wait_until(lambda: len(seen.events) == sum(map(len, whole.values())))
    assert by_topic(seen.events) == whole


@every_transport
def test_a_reader_that_pauses_gets_every_message_whole(
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


@every_transport
def test_a_topic_trimmed_under_a_stream_ends_it_and_is_reset(
    transport: str,
    service: Service,
    people: People,
    duels: Duels,
    viewer: Viewer,
) -> None:
    first = duels[0]
    name = f"challenges/{first.id}"
    with viewing_several(transport, service, viewer, opened(service, viewer, duels)) as seen:
        seen.read()
        gevent.idle()
        wait_until(lambda: len(seen.events) == 5 + 5 + 2)
        with unannounced(service):
            play_to_the_end(service, first)
            with service.database.transaction() as tx:
                topic = f"challenge:{first.id}"
                tx.connection.execute(delete(EventRow).where(EventRow.topic == topic))
                tx.connection.execute(update(Topic).where(Topic.name == topic).values(floor=46))
        service.hub.catch_up()
        wait_until(lambda: seen.is_ended)
    assert b'"max_age"' in seen.received
    assert service.hub.open_streams == 0
    places = cursors.parse_vector(seen.events[-1].last_event_id)
    back = opened(service, viewer, duels, places)
    assert {n: o.mode for n, o in back.items()} == dict.fromkeys(back, "resumed") | {name: "reset"}
    with viewing_several(transport, service, viewer, back) as again:
        again.read()
        wait_until(lambda: again.events)
    (snapshot,) = again.events
    assert snapshot.event == name
    assert json.loads(snapshot.data)["payload"]["status"] == "completed"
    assert cursors.parse_vector(snapshot.last_event_id) == {**places, name: 46}


@every_transport
@pytest.mark.parametrize("reason", ["draining", "signed_out"])
def test_an_end_is_said_once_and_gives_all_places_back(
    transport: str,
    service: Service,
    duels: Duels,
    viewer: Viewer,
    reason: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with viewing_several(transport, service, viewer, opened(service, viewer, duels)) as seen:
        seen.read()
        wait_until(lambda: len(seen.events) == 5 + 5 + 2)
        assert service.hub.open_streams == 3
        assert service.hub.online_user_ids() == {viewer.user_id}
        if reason == "draining":
            service.hub.drain()
        else:
            seen.connection.close(reason)
        wait_until(lambda: seen.is_ended)
    assert seen.received.count(b'"closing"') == 1
    assert reason.encode() in seen.received
    wait_until(lambda: service.hub.open_streams == service.dispatcher.sockets == 0)
    assert caplog.text.count(f"reason={reason} ") == 3


@every_transport
def test_a_session_that_ended_while_the_stream_was_opened_sees_nothing(
    transport: str, app: Flask, service: Service, duels: Duels, viewer: Viewer
) -> None:
    service.hub.catch_up()
    with service.database.transaction() as tx:
        token = accounts.open_session(tx.connection, viewer.user_id, service.clock())
    starts = opened(service, viewer, duels)
    with service.database.transaction() as tx:
        accounts.end_sessions(tx, "signed_out", service.clock(), token=token)
    with viewing_several(transport, service, viewer, starts, session_token=token) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
    assert seen.events == []
    assert b"signed_out" in seen.received


@every_transport
def test_a_client_that_hangs_up_gives_all_places_back(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    with viewing_several(transport, service, viewer, opened(service, viewer, duels)) as seen:
        wait_until(lambda: service.hub.open_streams == 3)
        seen.hang_up()
        happen(service, duels, people)  # pulled, it shows at the next write
        wait_until(lambda: service.hub.open_streams == service.dispatcher.sockets == 0)


def test_what_comes_while_it_is_opened_waits_for_it(
    service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    first, _ = duels
    names = [f"challenge:{duel.id}" for duel in duels] + [f"user:{viewer.user_id}"]
    with service.hub.buffering(*names):
        starts = opened(service, viewer, duels)
        question = first.questions[0].id
        service.challenges.answer(first.id, viewer.user_id, question, "A", None, service.clock())
        service.challenges.invite(people["khalid"], "quick_quant_10", "noura", service.clock())
        with viewing_several("pushed", service, viewer, starts) as seen:
            seen.read()
            wait_until(lambda: len(seen.events) == 5 + 5 + 2 + 3)
    assert service.hub.counters["log_reads"] == 0
    assert by_topic(seen.events) == stored(service, viewer, duels)
