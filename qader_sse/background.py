"""The background tasks of a serving process."""

from flask import Flask

from qader_sse.clock import SteadyClock
from qader_sse.extensions import db
from qader_sse.metrics.worker_metrics import of_app
from qader_sse.service import Service
from qader_sse.slow_threads import SlowThreads
from qader_sse.store.dialect import is_sqlite
from qader_sse.store.sqlite_checkpoint import Checkpoints

_COMPARE_CLOCKS_SECONDS = 60.0


def start(app: Flask) -> None:
    """Start the background tasks of a serving process.

    They are the bus, catching up, presence, notes of streams, the sweeper, metrics, the checks of the
    database, of its tables, of the event loop and of the clock, and SQLite's checkpoints.
    """
    service: Service = app.extensions["qader_sse"]
    hub, bus, settings = service.hub, service.bus, service.settings
    # Before anything uses the time: the first answer of PostgreSQL corrects the clock.
    service.database_check.run_once()
    service.tables.run_once()
    bus.start()
    hub.keep_caught_up(
        lambda: (
            settings.catch_up_seconds
            if bus.hears_other_processes
            else settings.degraded_catch_up_seconds
        )
    )
    hub.run_every(lambda: settings.presence_seconds, service.presence.run_once)
    hub.run_every(lambda: settings.stream_note_seconds, service.stream_recorder.run_once)
    sweeper = service.sweeper
    hub.run_every(lambda: sweeper.pause_seconds, sweeper.run_once)
    hub.run_every(lambda: settings.trim_seconds, sweeper.delete_old)
    check, tables, counted = service.database_check, service.tables, of_app(app)
    check.is_repeated = True
    hub.run_every(lambda: check.INTERVAL_SECONDS, check.run_once)
    hub.run_every(lambda: tables.INTERVAL_SECONDS, tables.run_once)
    hub.run_every(lambda: counted.INTERVAL_SECONDS, counted.write_in_slices)
    service.loop_lag.watch()
    if isinstance(service.clock, SteadyClock):
        hub.run_every(lambda: _COMPARE_CLOCKS_SECONDS, service.clock.compare)
    with app.app_context():
        engine = db.engine
    if is_sqlite(engine) and engine.url.database:
        checkpoints = Checkpoints(service.database, engine.url.database, SlowThreads(1).run)
        hub.run_every(lambda: checkpoints.INTERVAL_SECONDS, checkpoints.run_once)
