"""What is counted of streams: how they end, what they write, and how late it is."""

import gevent
import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.streams.tallies import Tally
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end
from tests.support.streams import unannounced, wait_until
from tests.support.transports import TRANSPORTS, viewing

ROWS = 41  # from the answer to the first question to the end


def tally(service: Service, transport: str) -> Tally:
    ((_, kind, found),) = service.streams.tallies.all()
    assert kind == ("pulled" if transport == "wsgi" else "pushed")
    return found


def after(tally: Tally, seconds: float) -> int:
    return sum(count for bound, count in tally.delays.buckets if bound > seconds)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_live_frames_are_measured_and_the_stream_is_over(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        assert (tally(service, transport).open, tally(service, transport).frames) == (1, 0)
        play_to_the_end(service, duel)
        wait_until(lambda: len(seen.messages) == ROWS)
    counted = tally(service, transport)
    assert (counted.opened, counted.open, counted.frames) == (1, 0, ROWS)
    assert counted.delays.count == ROWS
    assert counted.ended == {"client_gone" if transport == "websocket" else "over": 1}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_event_that_comes_alone_is_measured_as_those_of_a_burst(
    transport: str, service: Service, people: dict[str, int], viewer: Viewer
) -> None:
    now = service.clock()
    invite = service.challenges.invite(people["noura"], "accuracy_challenge", "khalid", now)
    start = service.opener.challenge(invite.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 1)  # the snapshot, which is no event
        service.challenges.ready(invite.id, people["noura"], now)
        wait_until(lambda: len(seen.messages) == 2)
    counted = tally(service, transport)
    assert (counted.frames, counted.delays.count) == (2, 1)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_client_has_missed_is_no_delay(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock
) -> None:
    play_to_the_end(service, duel)
    clock.advance(3600)
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == ROWS)
    assert tally(service, transport).frames == ROWS
    assert tally(service, transport).delays.count == 0
    assert (service.opener.counters["resumed"], service.opener.counters["rows"]) == (1, ROWS)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_lost_announcement_is_a_delay(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            play_to_the_end(service, duel)
        clock.advance(4)
        service.hub.catch_up()
        wait_until(lambda: len(seen.messages) == ROWS)
    assert after(tally(service, transport), seconds=2.5) == ROWS
    assert service.hub.counters["log_rows"] == ROWS


def test_a_stream_that_is_closed_ends_for_the_reason(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing("socket", service, viewer, start) as seen:
        seen.read()
        seen.connection.close("signed_out")
        wait_until(lambda: seen.is_ended)
    assert tally(service, "socket").ended == {"signed_out": 1}
