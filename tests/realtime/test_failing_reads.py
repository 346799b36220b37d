"""A failure that nobody foresaw ends one stream alone, and its client is served when it returns."""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import gevent
import pytest
from sqlalchemy import text, update

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Draft, Event, challenge_topic, sessions_topic, user_topic
from qader_sse.domain.presenters import UnknownEvent, Viewer, payload
from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.streams.opening import OpeningFailed
from qader_sse.realtime.streams.tallies import PUSHED
from qader_sse.service import Service
from qader_sse.store import event_pages
from qader_sse.store.models import EventRow
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import OpenStream, reading, unannounced, wait_until
from tests.support.transports import TRANSPORTS, viewing, viewing_several

People = dict[str, int]


@pytest.fixture
def duel(service: Service, people: People) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: People) -> Viewer:
    return Viewer(people["noura"], "ar")


class Broken:
    """Takes the place of a function, and raises an error that no code expects."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *args: object, **named: object) -> Any:
        self.calls += 1
        raise RuntimeError("no code expects this")


class Unwakeable:
    """A stream that raises an error that no code expects, whenever there is something to write."""

    kind = PUSHED
    is_settled = True

    def wake(self) -> None:
        raise RuntimeError("no code expects this")

    def deliver(self, delivery: Delivery) -> None:
        raise RuntimeError("no code expects this")

    def fail(self) -> None:
        logging.exception("this one failed")


def append_unknown(service: Service, topic: str) -> None:
    """Append an event as a newer version may write it."""
    with service.database.transaction() as tx:
        tx.append([Draft(topic, "challenge.from.the.future", {"secret": "B"})], service.clock())


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_read_of_the_log_that_fails_ends_that_stream_and_is_logged_once(
    transport: str,
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            play_to_the_end(service, duel)
        with monkeypatch.context() as broken:
            broken.setattr(event_pages, "read", Broken())
            service.hub.catch_up()
            wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    wait_until(lambda: service.dispatcher.sockets == 0)
    assert len([text for text in failures(caplog) if "stream" in text]) == 1

    back = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, back) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 41)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_event_of_a_newer_version_costs_a_reset_and_no_more(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    topic = challenge_topic(duel.id)
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        append_unknown(service, topic)
        wait_until(lambda: seen.is_ended)
        assert seen.messages == []

    back = service.opener.challenge(duel.id, viewer, 5)
    assert (back.mode, back.cursor) == ("reset", 6)
    with viewing(transport, service, viewer, back) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(seen.messages) == 42)
    assert seen.messages[0]["type"] == "challenge.update"


def test_an_unknown_notification_costs_a_reset_and_no_more(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    topic = user_topic(viewer.user_id)
    before = service.opener.notifications(viewer, None).head
    append_unknown(service, topic)
    start = service.opener.notifications(viewer, before)
    assert (start.mode, start.cursor, start.frames) == ("reset", before + 1, ())


def test_a_row_that_cannot_be_decoded_costs_a_reset_and_no_more(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with service.database.transaction() as tx:
        broken = update(EventRow).where(EventRow.seq == 3).values(fact=text("'{'"))
        tx.connection.execute(broken)
    start = service.opener.challenge(duel.id, viewer, 2)
    assert (start.mode, start.cursor) == ("reset", 5)


def test_one_broken_topic_of_several_is_reset_and_the_others_are_resumed(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    append_unknown(service, challenge_topic(duel.id))
    starts = {
        "challenges/1": service.opener.challenge(duel.id, viewer, 5),
        "notifications": service.opener.notifications(viewer, 0),
    }
    assert [start.mode for start in starts.values()] == ["reset", "resumed"]
    with viewing_several("socket", service, viewer, starts) as seen:
        seen.read()
        wait_until(lambda: seen.events)
    assert json.loads(seen.events[0].data)["type"] == "challenge.update"


def test_a_topic_that_cannot_be_opened_at_all_asks_its_client_to_come_back(
    service: Service, duel: Challenge, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.challenge_cache, "read", Broken())
    with pytest.raises(OpeningFailed):
        service.opener.challenge(duel.id, viewer, None)


def test_an_unknown_event_is_shown_to_nobody(viewer: Viewer) -> None:
    with pytest.raises(UnknownEvent):
        payload(Event("challenge:1", 1, "challenge.from.the.future", {}), viewer)


@pytest.mark.parametrize("bus", [nullcontext, unannounced])
def test_a_stream_that_fails_to_wake_keeps_no_other_asleep(
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    bus: Callable[[Service], AbstractContextManager[None]],
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    broken = OpenStream(service, viewer, start)
    broken.connection.begin(Unwakeable())
    with reading(service, viewer, start) as reader:
        with bus(service):
            play_to_the_end(service, duel)
        gevent.idle()
        service.hub.catch_up()
        wait_until(lambda: len(reader.frames) == 41)
    broken.connection.detach()


def test_a_newer_event_among_the_sign_outs_is_passed_over(service: Service) -> None:
    service.hub.ended_sessions.catch_up()
    with unannounced(service), service.database.transaction() as tx:
        ended = {"session_id": "hers", "reason": "signed_out"}
        tx.append(
            [
                Draft(sessions_topic(), "session.renamed", {}),
                Draft(sessions_topic(), "session.ended", ended),
            ],
            service.clock(),
        )
    service.hub.ended_sessions.catch_up()
    assert service.hub.ended_sessions.reason("hers") == "signed_out"
