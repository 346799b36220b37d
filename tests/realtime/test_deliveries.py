"""What is announced goes to all streams on its topic in one pass; each gets all that it lacks, in order."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import gevent
import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.delivery import Delivery
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.rendered_event import RenderedEvent
from qader_sse.realtime.protocol.sse_codec import SseCodec
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.service import Service
from qader_sse.store import event_pages
from tests.support.clock import SettableClock
from tests.support.streams import stored_frames, unannounced, wait_until
from tests.support.transports import TRANSPORTS, Viewing, viewing, viewing_several

People = dict[str, int]


@contextmanager
def watching(
    service: Service, duel: Challenge, viewers: Sequence[Viewer], transport: str = "socket"
) -> Iterator[list[Viewing]]:
    """View a duel that has begun as each of these; nobody reads yet."""
    start = service.opener.challenge(duel.id, viewers[0], 5)
    with ExitStack() as stack:
        yield [
            stack.enter_context(viewing(transport, service, viewer, start)) for viewer in viewers
        ]


def answer(service: Service, duel: Challenge, user_id: int, number: int = 0) -> None:
    question = duel.questions[number].id
    service.challenges.answer(duel.id, user_id, question, "A", None, service.clock())


def test_all_transports_get_the_same_from_one_delivery(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    behind = service.opener.challenge(duel.id, viewer, 3)
    with ExitStack() as stack:
        seen = [
            stack.enter_context(viewing(transport, service, viewer, begun))
            for transport in TRANSPORTS
            for begun in (start, behind)
        ]
        several = stack.enter_context(
            viewing_several("socket", service, viewer, {"challenges/1": start})
        )
        for one in (*seen, several):
            one.read()
        gevent.idle()
        for number in range(3):
            answer(service, duel, viewer.user_id, number)
        wait_until(lambda: [len(one.messages) for one in seen] == [6, 8] * len(TRANSPORTS))
        wait_until(lambda: len(several.events) == 6)
    stored = [json.loads(f.data) for f in stored_frames(service, duel.id, viewer, 3)]
    assert all(one.messages == stored[-len(one.messages) :] for one in seen)
    assert [json.loads(event.data) for event in several.events] == stored[2:]


def test_each_viewer_of_a_delivery_gets_their_own_view(
    service: Service, duel: Challenge, people: People, viewer: Viewer
) -> None:
    other = Viewer(people["khalid"], "ar")
    with watching(service, duel, [viewer, other, viewer, other]) as seen:
        for one in seen:
            one.read()
        answer(service, duel, viewer.user_id)
        wait_until(lambda: all(len(one.messages) == 2 for one in seen))
    choices = [one.messages[0]["payload"]["selected_answer"] for one in seen]
    assert choices == ["A", None, "A", None]


def test_a_stream_that_is_closed_before_its_turn_only_says_why(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with watching(service, duel, [viewer, viewer]) as (closed, other):
        closed.read()
        other.read()
        answer(service, duel, viewer.user_id)
        closed.connection.close("max_age")
        wait_until(lambda: closed.is_ended and len(other.messages) == 2)
    assert closed.messages == []
    assert [said["reason"] for said in closed.said] == ["max_age"]


def test_streams_whose_clients_are_gone_leave_without_others_losing_their_turn(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with watching(service, duel, [viewer] * 4) as seen:
        for one in seen:
            one.read()
        gevent.idle()
        for gone in seen[:2]:
            gone.stream.socket.shutdown(2)  # type: ignore[union-attr]
        answer(service, duel, viewer.user_id)
        wait_until(lambda: all(len(one.messages) == 2 for one in seen[2:]))
        assert service.hub.open_streams == 2


def test_a_stream_that_fails_in_its_turn_is_cut_and_the_others_go_on(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    class Failing(SseCodec):
        def encode(self, frame: Frame) -> bytes:
            raise RuntimeError("no code expects this")

    with watching(service, duel, [viewer] * 3) as (first, broken, last):
        for one in (first, broken, last):
            one.read()
        broken.stream.codec = Failing()  # type: ignore[union-attr]
        answer(service, duel, viewer.user_id)
        wait_until(lambda: broken.is_ended and len(last.messages) == len(first.messages) == 2)
        assert service.hub.open_streams == 2


@pytest.mark.parametrize(
    "groups",
    [[[6, 7], [8]], [[6], [7], [8]], [[6, 7, 8], [7]], [[7], [6, 7, 8]], [[6, 8]], [[8], [6, 7]]],
)
def test_events_come_once_and_in_order_however_they_are_announced(
    service: Service, duel: Challenge, viewer: Viewer, groups: list[list[int]]
) -> None:
    with watching(service, duel, [viewer]) as (seen,):
        seen.read()
        gevent.idle()
        with unannounced(service):
            answer(service, duel, viewer.user_id, 0)
            answer(service, duel, viewer.user_id, 1)
        with service.database.autocommit() as connection:
            events = event_pages.read(connection, challenge_topic(duel.id), 5, 3)
        for group in groups:
            service.hub.receive([events[seq - 6] for seq in group])
        wait_until(lambda: len(seen.messages) >= 3)
    stored = [json.loads(frame.data) for frame in stored_frames(service, duel.id, viewer, 5)]
    assert seen.messages == stored[: len(seen.messages)]


def test_what_a_socket_takes_only_in_part_arrives_once_and_in_order(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with watching(service, duel, [viewer]) as (seen,):
        # As small as Linux allows.
        seen.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)  # type: ignore[union-attr]
        gevent.idle()
        with unannounced(service):
            for number in range(len(duel.questions)):
                answer(service, duel, viewer.user_id, number)
        with service.database.autocommit() as connection:
            events = event_pages.read(connection, challenge_topic(duel.id), 5, 32)
        service.hub.receive(events)
        gevent.idle()
        assert not seen.connection.is_settled
        seen.read()
        wait_until(lambda: len(seen.messages) == len(events))
    stored = [json.loads(frame.data) for frame in stored_frames(service, duel.id, viewer, 5)]
    assert seen.messages == stored


class Following:
    """A follower whose stream notes that it had its turn."""

    def __init__(self) -> None:
        self.turns = 0
        self.stream = self

    def deliver(self, delivery: Delivery) -> None:
        self.turns += 1

    def fail(self) -> None:
        raise AssertionError


def test_many_streams_have_their_turns_in_several_iterations_of_the_loop(
    clock: SettableClock,
) -> None:
    followers = [Following() for _ in range(450)]
    dispatcher = Dispatcher(clock)
    delivery = Delivery(
        [RenderedEvent(Event("challenge:1", 1, "participant.update", {}))], followers, 0.0
    )
    dispatcher.schedule_delivery(delivery)
    had_theirs = []
    while sum(one.turns for one in followers) < 450:
        gevent.sleep(0)
        had_theirs.append(sum(one.turns for one in followers))
    assert all(one.turns == 1 for one in followers)
    assert {200, 400} <= set(had_theirs)
