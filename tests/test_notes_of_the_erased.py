"""Of a person who is erased no note of a stream is left, whenever their worker writes it."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

from sqlalchemy import func, select

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store.stream_note_models import StreamNote
from tests.support.acts import act
from tests.support.duel import add_users
from tests.support.noted import note_stream
from tests.support.transports import viewing

NAME = "amal"


def erase(service: Service) -> None:
    service.administration.personal_data.erase(NAME, act(service.clock()))


def notes_of(service: Service, user_id: int) -> int:
    with service.database.read_transaction() as connection:
        found = select(func.count()).where(StreamNote.user_id == user_id)
        return connection.scalar(found) or 0


def test_what_the_worker_still_held_is_not_written(service_on_either: Service) -> None:
    service = service_on_either
    amal, hind = add_users(service, NAME, "hind")
    for user_id in (amal, hind):
        viewer = Viewer(user_id, "en")
        start = service.opener.notifications(viewer, None)
        with viewing("socket", service, viewer, start):
            pass
    erase(service)
    service.stream_recorder.run_once()
    assert [notes_of(service, user_id) for user_id in (amal, hind)] == [0, 1]


def test_what_is_being_written_goes_when_it_is_there(service_on_either: Service) -> None:
    """The worker was first, and has not committed yet."""
    service = service_on_either
    (amal,) = add_users(service, NAME)
    with ThreadPoolExecutor(1) as threads:
        with service.database.transaction() as tx:
            note_stream(tx.connection, amal, service.clock())
            erasing = threads.submit(erase, service)
            sleep(0.3)  # the erasure waits for this transaction, or has read before its end
        erasing.result(timeout=10)
    assert notes_of(service, amal) == 0
