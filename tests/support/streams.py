"""Streams driven by greenlets in the test's own process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import gevent
import pytest

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.streams.opening import TopicStart
from qader_sse.realtime.streams.subscription import Timeouts
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import Service
from qader_sse.store.errors import StoreAway

WAIT_SECONDS = 10


def open_stream(service: Service, viewer: Viewer, start: TopicStart) -> WsgiStream:
    """Return a stream that nobody drives yet; what it has missed is still in the log."""
    return WsgiStream(
        database=service.database,
        hub=service.hub,
        viewer=viewer,
        session_token="token",
        topic=start.topic,
        cursor=start.start_cursor,
        first=start.frames(viewer) if start.snapshot else (),
        timeouts=Timeouts(60, 30, 2),
    )


def stored_frames(
    service: Service, challenge_id: int, viewer: Viewer, cursor: int = 0
) -> list[Frame]:
    """Return what a viewer gets who reads the log from this cursor to its end."""
    start = service.opener.challenge(challenge_id, viewer, cursor)
    assert start.mode == "resumed"
    stream = open_stream(service, viewer, start)
    frames: list[Frame] = []
    stream.attach("test")
    while batch := stream.step():
        frames += batch
    stream.detach("test")
    return frames


@contextmanager
def unannounced(service: Service) -> Iterator[None]:
    """Tell no stream of what happens meanwhile: only the log knows."""
    with pytest.MonkeyPatch.context() as silent:
        silent.setattr(service.database, "_announce", lambda events: None)
        yield


def store_away(*given: object) -> NoReturn:
    """In place of what asks the database, while it is away."""
    raise StoreAway


class Reader:
    """Collects the frames of one stream."""

    def __init__(self, stream: WsgiStream) -> None:
        self.stream = stream
        self.frames: list[Frame] = []
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        for batch in self.stream.batches():
            self.frames += batch

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames]

    def leave(self) -> None:
        self.stream.leave()
        self._greenlet.join()


@contextmanager
def reading(service: Service, viewer: Viewer, start: TopicStart) -> Iterator[Reader]:
    reader = Reader(open_stream(service, viewer, start))
    gevent.idle()
    try:
        yield reader
    finally:
        reader.leave()


def wait_until(condition: Callable[[], object]) -> None:
    """Let other greenlets run until the condition holds."""
    with gevent.Timeout(WAIT_SECONDS):
        while not condition():
            gevent.idle()
