"""A worker ends while its notes are being written: none is lost, and nothing else is kept from ending."""

import runpy
from pathlib import Path
from threading import Event, Semaphore, Thread
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from flask import Flask
from sqlalchemy import func, select

from qader_sse import stream_recorder
from qader_sse.installation import ROOT
from qader_sse.metrics.worker_metrics import of_app
from qader_sse.realtime.polling_clients import PollingClients
from qader_sse.service import Service
from qader_sse.store.stream_note_models import StreamLook
from qader_sse.stream_recorder import StreamRecorder
from qader_sse.use_cases.stream_notes import StreamNoting
from qader_sse.web.streaming.gunicorn_adapter import OffersHandover
from tests.support.clock import SettableClock
from tests.support.log_lines import logged_by

WORKER = "a" * 32


class SlowNoting(StreamNoting):
    """Waits before it writes, as it does while the database is busy."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.database)
        self.begun, self.may_write = Semaphore(0), Event()

    def record(self, *given: Any) -> None:
        self.begun.release()
        assert self.may_write.wait(5)
        super().record(*given)


class UnendingClients(PollingClients):
    def end_all(self) -> None:
        raise RuntimeError("unforeseen")


def looks(service: Service) -> int:
    with service.database.read_transaction() as connection:
        return connection.scalar(select(func.count()).select_from(StreamLook)) or 0


def test_the_end_waits_for_notes_that_are_being_written(
    service: Service, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    noting = SlowNoting(service)
    recorder = StreamRecorder(noting, service.hub, service.polling_clients, WORKER)
    service.hub.notes.caught_up("user:1", 1, 2)
    calls = [Thread(target=call) for call in (recorder.run_once, recorder.finish)]
    calls[0].start()
    assert noting.begun.acquire(timeout=5)
    calls[1].start()
    assert not noting.begun.acquire(timeout=0.2)
    clock.advance(2)
    service.hub.notes.caught_up("user:1", 2, 3)
    noting.may_write.set()
    for call in calls:
        call.join()
    assert (looks(service), logged_by(caplog, stream_recorder)) == (2, [])


def test_a_fault_at_the_end_is_logged_and_goes_no_further(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    clients = UnendingClients(service.hub.notes)
    StreamRecorder(StreamNoting(service.database), service.hub, clients, WORKER).finish()
    assert [record.message for record in logged_by(caplog, stream_recorder)] == [
        "the last notes of this worker's streams are lost"
    ]


def test_a_worker_writes_its_last_metrics_whatever_keeps_its_streams_from_ending(
    app: Flask, service: Service, tmp_path: Path
) -> None:
    layer = OffersHandover(app.wsgi_app, service)
    layer.draining = gevent.spawn(gevent.sleep)
    worker = SimpleNamespace(wsgi=layer, metrics=of_app(app))  # without `alive`, which it looks at
    (folder := tmp_path / "metrics").mkdir()
    worker.metrics.share(folder, 0)
    with pytest.raises(AttributeError):
        runpy.run_path(str(ROOT / "gunicorn.conf.py"))["worker_exit"](None, worker)
    assert list(folder.iterdir())
