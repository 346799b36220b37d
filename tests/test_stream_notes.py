"""What workers note of their streams: openings, how far each has come, endings, and what was lost."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.delivery import StreamHistory, Written
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.stream_notes import CaughtUp, Stall
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.service import Service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker
from qader_sse.use_cases.stream_notes import Explanation
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id
from tests.support.streams import store_away, wait_until
from tests.support.transports import viewing
from tests.support.workers import another_worker

FIRST_QUESTION = 0


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    """A duel of noura and khalid that has started: five events."""
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: dict[str, int]) -> Viewer:
    return Viewer(people["noura"], "en")


def explained(service: Service, duel: Challenge) -> Explanation:
    found = service.stream_histories.explain(duel.id, "noura", service.clock())
    assert isinstance(found, Explanation)
    return found


def only_stream(service: Service, duel: Challenge) -> StreamHistory:
    (stream,) = explained(service, duel).streams
    return stream


def answer(service: Service, duel: Challenge, number: int = FIRST_QUESTION) -> None:
    question = duel.questions[number]
    service.challenges.answer(duel.id, duel.challenger.id, question.id, "A", None, service.clock())


def rows(service: Service, model: type) -> int:
    with service.database.read_transaction() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("transport", ["wsgi", "socket"])
def test_what_is_written_between_two_looks_is_noted_by_the_second(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, transport: str
) -> None:
    begin = clock()
    with viewing(transport, service, viewer, service.opener.challenge(duel.id, viewer, 3)) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 2)
        clock.advance(2)
        service.stream_recorder.run_once()
        clock.advance(2)
        service.stream_recorder.run_once()
        answer(service, duel)
        wait_until(lambda: len(seen.messages) == 4)
        clock.advance(2)
        service.stream_recorder.run_once()
        stream = only_stream(service, duel)
        assert (stream.mode, stream.after, stream.head, stream.ended_at) == ("resumed", 3, 5, None)
        moments = [(w.seq, w.since - begin, w.until - begin) for w in stream.writes]
        assert moments == [
            (5, timedelta(0), timedelta(seconds=2)),
            (7, timedelta(seconds=4), timedelta(seconds=6)),
        ]
        clock.advance(1)
    service.stream_recorder.run_once()
    ended = only_stream(service, duel)
    assert (ended.reason, ended.frames, ended.written) == ("client_gone", 4, 7)
    assert ended.ended_at == begin + timedelta(seconds=7)


def test_a_look_at_quiet_streams_writes_no_row(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 5)):
        for _ in range(3):
            service.stream_recorder.run_once()
        assert (rows(service, StreamNote), rows(service, StreamLook)) == (1, 0)


def test_a_worker_that_never_had_a_stream_writes_nothing(service: Service) -> None:
    service.stream_recorder.run_once()
    assert rows(service, StreamWorker) == 0


def test_one_look_is_one_row_however_many_streams_have_moved(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    start = service.opener.challenge(duel.id, viewer, 5)
    with (
        viewing("socket", service, viewer, start) as one,
        viewing("socket", service, viewer, start) as other,
    ):
        answer(service, duel)
        wait_until(lambda: one.connection.sent == other.connection.sent == 2)
        service.stream_recorder.run_once()
        assert (rows(service, StreamNote), rows(service, StreamLook)) == (2, 1)
        assert [s.writes[0].seq for s in explained(service, duel).streams] == [7, 7]


def test_what_a_socket_does_not_take_is_not_noted_as_written(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 0)) as seen:
        for number in range(9):
            answer(service, duel, number)
        wait_until(lambda: not seen.connection.is_settled)
        clock.advance(2)
        service.stream_recorder.run_once()
        clock.advance(2)
        service.stream_recorder.run_once()
        assert only_stream(service, duel).writes == ()
        seen.read()
        wait_until(lambda: len(seen.messages) == 23)
        clock.advance(2)
        service.stream_recorder.run_once()
        (write,) = only_stream(service, duel).writes
        assert (write.seq, write.until - write.since) == (23, timedelta(seconds=6))


def test_what_the_socket_refused_is_not_noted_as_written(
    service: Service, duel: Challenge, viewer: Viewer
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 5)) as seen:
        seen.hang_up()
        answer(service, duel)
        assert isinstance(seen.stream, SocketStream)
        seen.stream.push()  # before the loop could notice that the client is gone
    service.stream_recorder.run_once()
    stream = only_stream(service, duel)
    assert (stream.written, stream.taken, stream.reason) == (5, 7, "client_gone")


def test_notes_wait_while_the_database_is_away(
    service: Service, duel: Challenge, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 3)) as seen:
        seen.read()
        wait_until(lambda: seen.connection.is_settled)
        with monkeypatch.context() as away:
            away.setattr(service.database, "transaction", store_away)
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    service.stream_recorder.run_once()
        assert rows(service, StreamNote) == 0
        service.stream_recorder.run_once()
        assert [write.seq for write in only_stream(service, duel).writes] == [5]


def test_looks_that_had_to_be_dropped_are_counted(
    service: Service,
    duel: Challenge,
    viewer: Viewer,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 5)) as seen:
        seen.read()
        service.stream_recorder.run_once()
        with monkeypatch.context() as away:
            away.setattr(service.database, "transaction", store_away)
            for look in range(1_210):
                clock.advance(2)
                service.hub.notes.caught_up("user:1", look, look + 1)
                with pytest.raises(StoreUnavailable):
                    service.stream_recorder.run_once()
        for _ in range(2):
            clock.advance(2)
            service.stream_recorder.run_once()
        assert only_stream(service, duel).lost_notes == 11


def test_remarks_and_moments_are_read_as_they_were_noted(
    service_on_either: Service, clock: SettableClock
) -> None:
    service, begin = service_on_either, clock()
    duel = started_duel(service, user_id(service, "noura"), "khalid")
    viewer = Viewer(duel.challenger.id, "en")
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 0)) as seen:
        wait_until(lambda: not seen.connection.is_settled)
        clock.advance(2)
        service.stream_recorder.run_once()
        seen.read()
        wait_until(lambda: len(seen.messages) == 5)
        service.hub.notes.caught_up(f"challenge:{duel.id}", 3, 5)
        service.hub.notes.stood_still(2)
        clock.advance(2)
        service.stream_recorder.run_once()
        stream = only_stream(service, duel)
    later = begin + timedelta(seconds=2)
    assert stream.writes == (Written(0, 5, begin, later + timedelta(seconds=2)),)
    assert stream.caught_up == (CaughtUp(f"challenge:{duel.id}", 3, 5, later),)
    assert stream.stalls == (Stall(begin, later),)


def test_attempts_that_are_refused_are_one_note_that_counts_them(
    service: Service, duel: Challenge, as_user: Callable[[str], FlaskClient]
) -> None:
    noura = as_user("noura")
    service.hub.drain()
    for _ in range(3):
        noura.get(f"/sse/challenges/{duel.id}/").close()
    service.stream_recorder.run_once()
    stream = only_stream(service, duel)
    assert (stream.mode, stream.reason, stream.attempts) == ("refused", "draining", 3)


def test_a_stream_is_noted_with_its_request_and_found_from_any_worker(
    service: Service, duel: Challenge, as_user: Callable[[str], FlaskClient]
) -> None:
    response = as_user("noura").get(f"/sse/challenges/{duel.id}/?last_event_id=5")
    service.stream_recorder.run_once()
    with another_worker(service) as other:
        stream = only_stream(other, duel)
    response.close()
    assert re.fullmatch("[0-9a-f]{16}", stream.request_id or "")
    assert (stream.transport, len(stream.session)) == ("sse", 12)
