"""WSGI streams that are iterated by greenlets of the test's own process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import gevent
import orjson

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.timeouts import Timeouts
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import Service
from qader_sse.store.errors import StoreAway
from tests.support.buses import SilenceableBus

WAIT_SECONDS = 20
SHORT_TIMEOUTS = Timeouts(heartbeat_seconds=0.2, peer_timeout_seconds=0.5, retry_seconds=2)
LONG_TIMEOUTS = Timeouts(heartbeat_seconds=60, peer_timeout_seconds=30, retry_seconds=2)


class OpenStream:
    """A WSGI stream that is attached, and that no greenlet iterates yet.

    Unlike in a view, nothing is known of the topic's head, and what the viewer missed is not read
    beforehand: the stream reads it from the log.
    """

    def __init__(self, service: Service, viewer: Viewer, start: TopicStart) -> None:
        self.subscription = Subscription(start.topic, viewer, start.cursor)
        self._first = self.subscription.take(start.frames) if start.snapshot else ()
        self.connection = Connection(
            services=service.streams,
            transport="test",
            user_id=viewer.user_id,
            session_id="token",
            subscriptions=(self.subscription,),
        )
        self.connection.attach()
        self._stream = WsgiStream(self.connection)

    def batches(self) -> Iterator[list[Frame]]:
        first, self._first = self._first, ()
        return self._stream.batches(StreamStart(self.connection, b"", first))

    def leave(self) -> None:
        self._stream.leave()


def first_frames(start: TopicStart, viewer: Viewer) -> list[Frame]:
    """Return the frames that a stream begins with."""
    return Subscription(start.topic, viewer, start.cursor).take(start.frames)


def payload_of(frame: Frame) -> Any:
    return orjson.loads(frame.data)["payload"]


def stored_frames(
    service: Service, challenge_id: int, viewer: Viewer, cursor: int = 0
) -> list[Frame]:
    """Return what a viewer gets who reads the log from this cursor to its end."""
    start = service.opener.challenge(challenge_id, viewer, cursor)
    assert start.mode == "resumed"
    connection = OpenStream(service, viewer, start).connection
    frames: list[Frame] = []
    while batch := connection.take_next():
        frames += batch
    connection.detach()
    return frames


@contextmanager
def unannounced(service: Service) -> Iterator[None]:
    """Announce no event that is committed in the block: it is only in the log."""
    assert isinstance(service.bus, SilenceableBus)
    service.bus.is_silent = True
    yield
    service.bus.is_silent = False


def store_away(*given: object) -> NoReturn:
    """Replace a function that reads the database, as if the database could not be reached."""
    raise StoreAway


class Reader:
    """Collects the frames of one stream."""

    def __init__(self, stream: OpenStream) -> None:
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
    reader = Reader(OpenStream(service, viewer, start))
    gevent.idle()
    try:
        yield reader
    finally:
        reader.leave()


def wait_until(condition: Callable[[], object]) -> None:
    """Let other greenlets run until the condition holds; fail after WAIT_SECONDS."""
    with gevent.Timeout(WAIT_SECONDS):
        while not condition():
            gevent.idle()
