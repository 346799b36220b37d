"""What streams deliver: the same tests for all transports."""

import json
from typing import Any

import gevent
import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import store_away, stored_frames, unannounced, wait_until
from tests.support.transports import TRANSPORTS, viewing

People = dict[str, int]

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


def stored(service: Service, duel: Challenge, viewer: Viewer, cursor: int = 0) -> list[Any]:
    return [json.loads(f.data) for f in stored_frames(service, duel.id, viewer, cursor)]


def test_live_messages_are_those_of_the_log(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(seen.messages) == 41)
    assert seen.messages == stored(service, duel, viewer, 5)


@pytest.mark.parametrize("cursor", [0, 30, 45])
def test_a_client_that_reconnects_gets_what_it_missed(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, cursor: int
) -> None:
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, cursor)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 46 - cursor)
    assert seen.messages == stored(service, duel, viewer, cursor)
    assert seen.connection.sent == 46 - cursor


def test_more_than_a_page_is_sent_page_by_page(
    transport: str, service: Service, people: People, viewer: Viewer
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, 0)
    assert len(start.frames) < start.head
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == start.head)
    assert seen.messages == stored(service, duel, viewer)


def test_a_stream_without_a_cursor_begins_with_a_snapshot(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        service.challenges.answer(
            duel.id, viewer.user_id, duel.questions[0].id, "A", None, service.clock()
        )
        wait_until(lambda: len(seen.messages) == 3)
    kinds = [message["type"] for message in seen.messages]
    assert kinds == ["challenge.update", "answer.result", "participant.update"]


def test_what_was_not_announced_is_found_in_the_log(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            play_to_the_end(service, duel)
        gevent.idle()
        assert seen.messages == []
        service.hub.catch_up()
        wait_until(lambda: len(seen.messages) == 41)
    assert seen.messages == stored(service, duel, viewer, 5)


def test_a_client_that_stops_reading_for_a_while_gets_every_message_whole(
    transport: str, service: Service, people: People, viewer: Viewer
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    start = service.opener.challenge(duel.id, viewer, None)
    other = Viewer(people["khalid"], "en")
    with (
        viewing(transport, service, viewer, start) as slow,
        viewing(transport, service, other, start) as quick,
    ):
        quick.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(quick.messages) == 82)
        assert slow.connection.sent < 82
        slow.read()
        wait_until(lambda: len(slow.messages) == 82)
    assert slow.messages[1:] == stored(service, duel, viewer, start.head)


def test_a_log_that_cannot_be_read_delays_messages_and_loses_none(
    transport: str,
    service: Service,
    people: People,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    duel = started_duel(service, people["noura"], "khalid", "comprehensive_20")
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, 0)

    with monkeypatch.context() as broken:
        broken.setattr(service.database, "autocommit", store_away)
        with viewing(transport, service, viewer, start) as seen:
            seen.read()
            wait_until(lambda: service.hub.counters["log_away"] > 0)
            assert len(seen.messages) <= len(start.frames)
            broken.undo()
            wait_until(lambda: len(seen.messages) == start.head)
    assert seen.messages == stored(service, duel, viewer)
