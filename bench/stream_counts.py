"""What a quiet stream takes of memory, and a delivery of calls."""

import gc
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent

from bench.counts import Count, counted_calls
from qader_sse.clock import SteadyClock
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.bus.announcements import Announcement, decode
from qader_sse.realtime.bus.signatures import Signer
from qader_sse.realtime.hub import Hub
from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.protocol.sse_codec import CHUNKED_SSE
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec
from qader_sse.realtime.stream_notes import StreamNotes
from qader_sse.realtime.streams import gevent_adapter
from qader_sse.realtime.streams.connection import (
    Connection,
    StreamServices,
    StreamStart,
)
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.log_reader import LogReader
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.timeouts import Timeouts
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.store.session_cache import SessionCache

_STREAMS = 200
_CLOCK = SteadyClock()
_SIGNER = Signer("a secret")
_TIMEOUTS = Timeouts(heartbeat_seconds=15, peer_timeout_seconds=30, retry_seconds=2)


class _NoDatabase:
    """In place of a database: nothing here reads the event log."""

    def when_availability_changes(self, callback: Callable[[], None]) -> None:
        pass

    def when_commits_are_lost(self, callback: Callable[[], None]) -> None:
        pass


def counts() -> Iterator[Count]:
    yield Count("bytes of a quiet SSE stream", _quiet_bytes(lambda: CHUNKED_SSE), 1_100)
    yield Count("bytes of a quiet WebSocket", _quiet_bytes(_websocket_codec), 1_405)
    yield Count("calls a delivery, two viewers a topic", _calls_of_a_delivery(viewers=2), 17.7)
    yield Count("calls a delivery, 100 viewers of a topic", _calls_of_a_delivery(viewers=100), 2.55)


def _hub(dispatcher: Dispatcher) -> Hub:
    database: Any = _NoDatabase()
    cache = SessionCache(database)
    return Hub(database, StreamNotes(_CLOCK), cache, dispatcher.schedule_delivery)


@contextmanager
def _streams(
    make_codec: Callable[[], Codec], viewers: int
) -> Iterator[tuple[Hub, list[socket.SocketType]]]:
    """Open 200 streams on socket pairs, `viewers` to a topic; yield the hub and the far ends."""
    dispatcher = Dispatcher(_CLOCK)
    hub = _hub(dispatcher)
    services = StreamServices(hub, LogReader(None, hub), _TIMEOUTS, _CLOCK)  # type: ignore[arg-type]
    streams: list[SocketStream] = []
    readers: list[socket.SocketType] = []
    try:
        for number in range(_STREAMS):
            near, far = map(gevent_adapter.detach, socket.socketpair())
            near.setblocking(False)
            far.setblocking(False)
            readers.append(far)
            topic = challenge_topic(number // viewers)
            connection = Connection(
                services=services,
                transport="sse",
                user_id=number,
                session_id=f"{number:043}",
                subscriptions=(Subscription(topic, Viewer(number, "ar"), 0),),
            )
            stream = SocketStream(
                connection=connection, dispatcher=dispatcher, codec=make_codec(), socket=near
            )
            streams.append(stream)
            with hub.buffering(topic):
                hub.raise_head(topic, 0)
                connection.attach()
                hub.notes.opened(connection, [TopicStart(topic, "resumed", 0, 0)])
            hub.notes.take()  # as the recorder does, every few seconds
            stream.begin(StreamStart(connection, b"", ()))
        gevent.idle()
        yield hub, readers
    finally:
        for stream in streams:
            stream.cut()
        for reader in readers:
            reader.close()


def _quiet_bytes(make_codec: Callable[[], Codec]) -> float:
    """Return Python's memory of a waiting stream, including its half of a topic of two viewers."""
    with _streams(make_codec, viewers=2):
        pass  # what is allocated only once is allocated before the measurement
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    with _streams(make_codec, viewers=2):
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / _STREAMS


def _websocket_codec() -> WebSocketCodec:
    return WebSocketCodec(lambda text: None)


def _calls_of_a_delivery(viewers: int) -> float:
    """Count the calls, of Python or C, from an announcement's bytes to the write into a socket."""
    topics = _STREAMS // viewers
    with _streams(lambda: CHUNKED_SSE, viewers) as (hub, readers):
        announcements = [_announcement(f"challenge:{number}") for number in range(topics)]
        gevent.idle()
        with counted_calls() as calls:
            for data in announcements:
                content = _SIGNER.content(data)
                if content is None:
                    raise RuntimeError("a signature is wrong")
                hub.receive(decode(content))
            gevent.idle()
        received = [reader.recv(4096) for reader in readers]
    if not all(data.count(b"\nid: 1\n") for data in received):
        raise RuntimeError("a message did not arrive")
    return calls.number / _STREAMS


def unwatched_announcements(number: int) -> Callable[[], None]:
    """Return what has a hub take in announcements of topics that nobody watches there."""
    hub = _hub(Dispatcher(_CLOCK))
    received = [_announcement(f"challenge:{n}") for n in range(number)]

    def take_in() -> None:
        for data in received:
            if (content := _SIGNER.content(data)) is None:
                raise RuntimeError("a signature is wrong")
            hub.receive(decode(content))

    return take_in


def _announcement(topic: str) -> bytes:
    fact = {"id": 14, "score": 3, "is_ready": True, "note": "x" * 400}
    event = Event(topic, 1, "participant.update", fact, _CLOCK().timestamp())
    return _SIGNER.sign(Announcement("bench", topic, (event,)).encode())
