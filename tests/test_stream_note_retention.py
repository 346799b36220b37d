"""Notes of streams are kept for as long as what they tell of, and go with the person."""

import pytest
from sqlalchemy import delete, func, select

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.models import User
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id
from tests.support.transports import viewing


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: dict[str, int]) -> Viewer:
    return Viewer(people["noura"], "en")


def rows(service: Service, model: type) -> int:
    with service.database.read_transaction() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


def test_the_notes_of_a_person_go_with_the_account(
    service_on_either: Service,
) -> None:
    service = service_on_either
    for stream in range(2):
        service.hub.notes.refused(user_id(service, "noura"), "s", f"x:{stream}", "sse", "limit")
    service.stream_recorder.run_once()
    assert rows(service, StreamNote) == 2
    with service.database.transaction() as tx:
        tx.connection.execute(delete(User).where(User.username == "noura"))
    assert rows(service, StreamNote) == 0


def test_notes_are_kept_for_as_long_as_the_log_of_their_challenge(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock
) -> None:
    with viewing("socket", service, viewer, service.opener.challenge(duel.id, viewer, 3)):
        service.stream_recorder.run_once()
    service.stream_recorder.run_once()
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.run_once()  # the duel ends by its deadline, only now
    service.sweeper.delete_old()
    assert (rows(service, StreamNote), rows(service, StreamLook)) == (1, 0)
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.delete_old()
    assert (rows(service, StreamNote), rows(service, StreamWorker)) == (0, 0)
