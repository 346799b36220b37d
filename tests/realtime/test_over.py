"""A stream ends by itself after the last message of a challenge, and counts as open no more."""

import gevent
import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import play_to_the_end
from tests.support.several_topics import Duels, opened
from tests.support.streams import unannounced, wait_until
from tests.support.transports import SSE_TRANSPORTS, viewing, viewing_several

every_transport = pytest.mark.parametrize("transport", SSE_TRANSPORTS)
OVER = {"state": "over"}


@pytest.mark.claim("S20")
@every_transport
def test_a_stream_ends_when_its_last_message_is_written(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert [message["type"] for message in seen.messages][-1] == "challenge.end"
    assert len(seen.messages) == 41
    assert seen.said == [OVER]
    wait_until(lambda: service.dispatcher.sockets == 0)


@every_transport
def test_a_stream_ends_when_it_has_read_the_last_message_from_the_log(
    transport: str, service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        with unannounced(service):
            play_to_the_end(service, duel)
        service.hub.catch_up()
        wait_until(lambda: seen.is_ended)
    assert (len(seen.messages), seen.said) == (41, [OVER])


@pytest.mark.claim("S21")
@every_transport
@pytest.mark.parametrize("cursor", [None, 45, 99])
def test_a_stream_on_a_finished_challenge_ends_behind_what_it_has_to_send(
    transport: str, service: Service, duel: Challenge, viewer: Viewer, cursor: int | None
) -> None:
    play_to_the_end(service, duel)
    start = service.opener.challenge(duel.id, viewer, cursor)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert (len(seen.messages), seen.said) == (1, [OVER])


@pytest.mark.claim("S20")
@every_transport
@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_a_challenge_that_never_began_is_over_too(
    transport: str, service: Service, people: dict[str, int], viewer: Viewer, end: str
) -> None:
    challenges, now = service.challenges, service.clock()
    invited = challenges.invite(people["noura"], "quick_quant_10", "khalid", now)
    start = service.opener.challenge(invited.id, viewer, None)
    with viewing(transport, service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        if end == "decline":
            challenges.decline(invited.id, people["khalid"], now)
        else:
            challenges.cancel(invited.id, people["noura"], now)
        wait_until(lambda: seen.is_ended)
    assert (len(seen.messages), seen.said) == (2, [OVER])


@pytest.mark.claim("S23")
def test_a_websocket_stays_open(service: Service, duel: Challenge, viewer: Viewer) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with viewing("websocket", service, viewer, start) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, duel)
        wait_until(lambda: len(seen.messages) == 41)
        gevent.sleep(0.2)
        assert not seen.is_ended
        assert service.hub.open_streams == 1


@pytest.mark.claim("V10")
@every_transport
def test_among_several_topics_one_is_over_and_the_others_go_on(
    transport: str, service: Service, duels: Duels, viewer: Viewer
) -> None:
    first, second = duels
    starts = opened(service, viewer, duels)
    starts.pop("notifications")
    with viewing_several(transport, service, viewer, starts) as seen:
        seen.read()
        gevent.idle()
        play_to_the_end(service, first)
        wait_until(lambda: seen.said == [{"topic": f"challenges/{first.id}", **OVER}])
        assert not seen.is_ended
        wait_until(lambda: service.hub.open_streams == 1)
        play_to_the_end(service, second)
        wait_until(lambda: seen.is_ended)
        assert service.hub.open_streams == 0
    assert seen.said == [{"topic": f"challenges/{duel.id}", **OVER} for duel in duels]
    assert seen.events[-1].event == f"challenges/{second.id}"
