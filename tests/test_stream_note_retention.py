"""Notes of streams are kept for as long as what they tell of, and go with the person."""

from sqlalchemy import delete, func, select

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.models import User
from qader_sse.store.stream_note_models import StreamLook, StreamNote, StreamWorker
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id
from tests.support.transports import viewing
from tests.support.workers import another_worker


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


def test_notes_that_another_worker_is_deleting_are_left_to_it(
    postgres_service: Service, clock: SettableClock
) -> None:
    here = postgres_service
    for stream in range(3):
        here.hub.notes.refused(user_id(here, "noura"), "s", f"x:{stream}", "sse", "limit")
        here.hub.notes.caught_up(f"x:{stream}", 1, 2)
        here.stream_recorder.run_once()
        clock.advance(1)
    clock.advance(here.settings.log_retention_seconds)
    with another_worker(here) as there, there.database.transaction() as tx:
        for oldest in (
            select(StreamNote).order_by(StreamNote.number).limit(1),
            select(StreamLook).order_by(StreamLook.at).limit(1),
        ):
            assert tx.connection.execute(oldest.with_for_update()).all()
        here.sweeper.delete_old()
        assert (rows(here, StreamNote), rows(here, StreamLook)) == (1, 1)


def test_notes_are_kept_for_as_long_as_the_log_of_their_challenge(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    duel = started_duel(service, user_id(service, "noura"), "khalid")
    viewer = Viewer(duel.challenger.id, "en")
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
