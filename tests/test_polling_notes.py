"""Clients that poll are noted like streams, from their first page until they have stopped."""

import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.delivery import StreamHistory
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import started_duel

Poll = Callable[[int], None]


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def poll(duel: Challenge, as_user: Callable[[str], FlaskClient]) -> Poll:
    """Return a function that polls the duel once, as noura, after a number."""
    noura = as_user("noura")

    def once(after: int) -> None:
        answer = noura.get(f"/api/v1/challenges/challenges/{duel.id}/events/?after={after}")
        assert answer.status_code == 200

    return once


def streams(service: Service, duel: Challenge) -> list[StreamHistory]:
    return service.stream_histories.explain(duel.id, "noura", service.clock()).streams


def test_pages_are_one_stream_until_the_worker_ends(
    service: Service, duel: Challenge, clock: SettableClock, poll: Poll
) -> None:
    poll(3)
    service.stream_recorder.run_once()
    question = duel.questions[0].id
    service.challenges.answer(duel.id, duel.challenger.id, question, "A", None, clock())
    poll(5)
    clock.advance(2)
    service.stream_recorder.run_once()
    (stream,) = streams(service, duel)
    assert (stream.transport, stream.mode, stream.after) == ("polling", "resumed", 3)
    assert [(write.after, write.seq) for write in stream.writes] == [(3, 5), (5, 7)]
    service.stream_recorder.finish()
    (stream,) = streams(service, duel)
    assert (stream.reason, stream.frames, stream.acknowledged) == ("draining", 4, 5)


def test_a_reset_is_noted_as_another_stream(service: Service, duel: Challenge, poll: Poll) -> None:
    for after in (5, 900, 900):
        poll(after)
    service.stream_recorder.run_once()
    first, second = streams(service, duel)
    assert (first.mode, first.reason) == ("resumed", "reset")
    assert (second.mode, second.after, second.head) == ("reset", 900, 5)


def test_whoever_has_not_polled_for_a_while_has_stopped(
    service: Service, duel: Challenge, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll(5)
    service.stream_recorder.run_once()
    assert streams(service, duel)[0].ended_at is None
    later = time.monotonic() + 16
    monkeypatch.setattr(time, "monotonic", lambda: later)
    service.stream_recorder.run_once()
    assert streams(service, duel)[0].reason == "stopped_polling"


def test_a_worker_with_polling_clients_alone_says_that_it_is_there(
    service: Service, duel: Challenge, clock: SettableClock, poll: Poll
) -> None:
    poll(5)
    service.stream_recorder.run_once()
    clock.advance(service.settings.noting_silence_seconds + 1)
    service.stream_recorder.run_once()
    assert not streams(service, duel)[0].is_worker_gone
