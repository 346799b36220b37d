"""Attempts that were refused are noted, and an overloaded worker does not write a row for each."""

import pytest
from sqlalchemy import func, select

from qader_sse.service import Service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.stream_note_models import StreamLook, StreamNote
from tests.support.clock import SettableClock
from tests.support.duel import user_id
from tests.support.streams import store_away

Noted = list[tuple[str, int, float]]


def refuse(service: Service, topic: str = "challenge:1") -> None:
    noura = user_id(service, "noura")
    service.hub.notes.refused(noura, "a session", topic, "sse", "limit")


def noted(service: Service) -> Noted:
    """Return of each note its topic, its attempts, and after how many seconds the last one came."""
    columns = select(StreamNote).order_by(StreamNote.number)
    with service.database.read_transaction() as connection:
        return [
            (row.topic, row.attempts, (row.ended_at - row.opened_at).total_seconds())
            for row in connection.execute(columns)
        ]


def test_the_first_attempt_is_noted_at_once_and_what_followed_at_the_end_of_a_minute(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    found: list[Noted] = []
    for _ in range(4):
        refuse(service)
        service.stream_recorder.run_once()
        found.append(noted(service))
        clock.advance(20)
    first, minute = ("challenge:1", 1, 0.0), ("challenge:1", 4, 60.0)
    assert found == [[first], [first], [first], [minute]]
    refuse(service)
    service.stream_recorder.run_once()
    assert noted(service) == [minute, first]


def test_what_is_refused_before_the_first_look_is_one_note(
    service_on_either: Service, clock: SettableClock
) -> None:
    for _ in range(3):
        refuse(service_on_either)
        clock.advance(0.5)
    refuse(service_on_either, "challenge:2")
    service_on_either.stream_recorder.run_once()
    assert noted(service_on_either) == [("challenge:1", 3, 1.0), ("challenge:2", 1, 0.0)]


def test_a_worker_that_ends_notes_what_it_has_counted(
    service_on_either: Service, clock: SettableClock
) -> None:
    refuse(service_on_either)
    service_on_either.stream_recorder.run_once()
    clock.advance(5)
    refuse(service_on_either)
    service_on_either.stream_recorder.finish()
    assert noted(service_on_either) == [("challenge:1", 2, 5.0)]


def test_a_note_that_waits_for_the_database_is_written_as_it_is_then(
    service_on_either: Service, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_on_either
    refuse(service)
    with monkeypatch.context() as away:
        away.setattr(service.database, "transaction", store_away)
        with pytest.raises(StoreUnavailable):
            service.stream_recorder.run_once()
    clock.advance(60)
    refuse(service)
    service.stream_recorder.run_once()
    assert noted(service) == [("challenge:1", 2, 60.0)]


def test_however_many_are_refused_few_are_noted_and_the_others_counted(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    for number in range(1_500):
        refuse(service, f"challenge:{number % 1_200}")
    service.stream_recorder.run_once()
    with service.database.read_transaction() as connection:
        assert connection.scalar(select(func.count()).select_from(StreamNote)) == 1_000
        assert connection.scalar(select(func.sum(StreamLook.lost))) == 200
    clock.advance(60)
    service.stream_recorder.run_once()
    refuse(service, "challenge:1199")
    service.stream_recorder.run_once()
    assert noted(service)[-1] == ("challenge:1199", 1, 0.0)
