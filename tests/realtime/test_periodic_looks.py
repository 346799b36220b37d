"""What a worker does now and then for all of its streams, it does for a few of them at a time.

Answers and frames wait for no more than these few.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import gevent
import pytest
from flask import Flask
from sqlalchemy import select

from qader_sse.domain.events import Draft, challenge_topic
from qader_sse.metrics.worker_metrics import of_app
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import Service
from qader_sse.store.stream_note_models import StreamLook
from tests.support.clock import SettableClock
from tests.support.streams import WAIT_SECONDS, unannounced

# More than are looked at at a time, by far. How many that is follows from measurements: with these,
# the event loop stood still for a fifth of a millisecond.
MANY = 260


@pytest.fixture(autouse=True)
def sleeps_let_other_greenlets_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker."""
    monkeypatch.setattr(time, "sleep", gevent.sleep)


class LookedAt:
    """A connection that nothing is noted of, and a socket that notes when it is ticked."""

    user_id, session_id, network, transport, request_id = 1, "token", "", "sse", ""
    subscriptions: tuple[SimpleNamespace, ...] = ()
    is_settled, is_cut, stream = True, False, None
    slot = 0

    def __init__(self) -> None:
        self.looks = 0

    @property
    def number(self) -> int:
        self.looks += 1
        return 0

    @number.setter
    def number(self, number: int) -> None: ...

    def tick(self) -> None:
        self.looks += 1

    def wake(self) -> None: ...

    def close(self, reason: str) -> None: ...


def longest_step(work: Callable[[], object], count: Callable[[], int]) -> int:
    """Return by how much a count grew at most while no other greenlet could run."""
    working = gevent.spawn(work)
    counts = [count()]
    while not working.ready():
        gevent.sleep(0)
        counts.append(count())
    working.get()
    assert counts[-1] - counts[0] == MANY
    return max(after - before for before, after in pairwise(counts))


def test_timers_that_end_at_once_are_acted_on_a_few_at_a_time() -> None:
    dispatcher = Dispatcher(SettableClock())
    sockets = [LookedAt() for _ in range(MANY)]
    for one in sockets:
        dispatcher.wheel.set(one, dispatcher.now)
        dispatcher.add()

    def looks() -> int:
        return sum(one.looks for one in sockets)

    def wait() -> None:
        with gevent.Timeout(WAIT_SECONDS):
            while looks() < MANY:
                gevent.sleep(0.01)

    assert longest_step(wait, looks) <= 50
    for _ in sockets:
        dispatcher.remove()


def test_catching_up_compares_few_topics_at_a_time(service: Service) -> None:
    hub, topics = service.hub, [challenge_topic(number) for number in range(1, MANY + 1)]
    with hub.buffering(*topics), unannounced(service):
        for topic in topics:
            hub.raise_head(topic, 0)
        with service.database.transaction() as tx:
            tx.append([Draft(topic, "participant.update", {}) for topic in topics], service.clock())
        heads = [hub.recent(topic) for topic in topics]

        def found() -> int:
            return sum(recent.head or 0 for recent in heads if recent)

        assert longest_step(hub.catch_up, found) <= 50


def test_notes_are_taken_of_few_streams_at_a_time(service: Service) -> None:
    connections = [LookedAt() for _ in range(MANY)]
    for one in connections:
        service.hub.attach(one, [])

    def looks() -> int:
        return sum(one.looks for one in connections)

    assert longest_step(service.stream_recorder.run_once, looks) <= 100
    for one in connections:
        service.hub.detach(one, [])


class Moved(LookedAt):
    """A connection to which one event was written since the last look."""

    number = 1

    def __init__(self) -> None:
        self.subscriptions = (SimpleNamespace(cursor=1, noted=0),)


def test_few_moves_of_streams_are_written_at_a_time(
    service: Service, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def a_moment_later() -> datetime:
        clock.advance(0.001)
        return clock()

    monkeypatch.setattr(service.hub.notes, "now", a_moment_later)
    for _ in range(2 * MANY):
        service.hub.attach(Moved(), [])
    service.stream_recorder.run_once()
    with service.database.autocommit() as connection:
        looks = connection.execute(select(StreamLook.since, StreamLook.at, StreamLook.moves)).all()
    assert sum(len(look.moves) for look in looks) == 2 * MANY
    assert max(len(look.moves) for look in looks) <= 250
    assert len({look.since for look in looks}) == 1  # they are parts of the same


def test_notes_are_taken_of_few_polling_clients_at_a_time(service: Service) -> None:
    polling, start = service.polling_clients, TopicStart("challenge:1", "snapshot", 0, 1)
    for number in range(MANY):
        polling.polled(number, f"session {number}", start)
        polling.polled(number, f"session {number}", replace(start, head=2))
    look = service.hub.notes.begin_look()
    assert longest_step(lambda: polling.look(look), lambda: len(look.moves)) <= 100


def test_few_metrics_are_written_at_a_time(app: Flask, service: Service, tmp_path: Path) -> None:
    metrics = of_app(app)
    metrics.share(tmp_path, 0)
    service.answers.update(("GET", f"/of_many/{number}", "200") for number in range(MANY))

    def written() -> int:
        return sum(file.read_bytes().count(b"/of_many/") for file in tmp_path.iterdir())

    assert longest_step(metrics.write_in_slices, written) <= 10
    metrics.end()
