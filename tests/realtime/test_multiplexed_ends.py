"""How a stream of several topics ends: all of its subscriptions at once."""

import json
from typing import Any

import gevent
import pytest
from flask import Flask
from sqlalchemy import delete, update

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import cursor as cursors
from qader_sse.service import Service
from qader_sse.store import sessions
from qader_sse.store.models import EventRow, Topic
from qader_sse.store.secret_tokens import hashed
from tests.support.duel import play_to_the_end
from tests.support.several_topics import Duels, People, happen, opened
from tests.support.streams import unannounced, wait_until
from tests.support.transports import SSE_TRANSPORTS, viewing_several

every_transport = pytest.mark.parametrize("transport", SSE_TRANSPORTS)


@every_transport
def test_trimming_a_topic_that_is_behind_closes_the_stream_and_resets_the_topic(
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
    cursors_by_topic = cursors.parse_vector(seen.events[-1].last_event_id)
    back = opened(service, viewer, duels, cursors_by_topic)
    assert {n: o.mode for n, o in back.items()} == dict.fromkeys(back, "resumed") | {name: "reset"}
    with viewing_several(transport, service, viewer, back) as again:
        again.read()
        wait_until(lambda: again.events)
    (snapshot,) = again.events
    assert snapshot.event == name
    assert json.loads(snapshot.data)["payload"]["status"] == "completed"
    assert cursors.parse_vector(snapshot.last_event_id) == {**cursors_by_topic, name: 46}


@pytest.mark.claim("V11")
@every_transport
@pytest.mark.parametrize("reason", ["draining", "signed_out"])
def test_closing_is_announced_once_and_detaches_every_subscription(
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
    assert caplog.text.count("stream closed") == caplog.text.count(f"reason={reason} ") == 1


@every_transport
def test_a_session_that_ends_while_its_stream_opens_gets_no_message(
    transport: str, app: Flask, service: Service, duels: Duels, viewer: Viewer
) -> None:
    service.hub.ended_sessions.catch_up()
    with service.database.transaction() as tx:
        session_id = hashed(sessions.open_new(tx.connection, viewer.user_id, service.clock()))
    starts = opened(service, viewer, duels)
    with service.database.transaction() as tx:
        sessions.end(tx, "signed_out", service.clock(), session_id)
    with viewing_several(transport, service, viewer, starts, session_id=session_id) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
    assert seen.events == []
    assert b"signed_out" in seen.received


@every_transport
def test_every_subscription_is_detached_when_the_client_hangs_up(
    transport: str, service: Service, people: People, duels: Duels, viewer: Viewer
) -> None:
    with viewing_several(transport, service, viewer, opened(service, viewer, duels)) as seen:
        wait_until(lambda: service.hub.open_streams == 3)
        seen.hang_up()
        happen(service, duels, people)  # a WSGI stream notices at its next write
        wait_until(lambda: service.hub.open_streams == service.dispatcher.sockets == 0)
