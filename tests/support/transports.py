"""Every way a stream reaches its viewer, over a real socket: pulled, or pushed on each wire."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent import socket as gevent_socket
from qader_client.sse import Parser, ServerSentEvent
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from bench.protocols import Chunks
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.sse import CHUNKED_SSE, SSE, Codec
from qader_sse.realtime.protocol.websocket import WebSocketCodec
from qader_sse.realtime.streams.multiplexed import (
    MultiplexedSocketStream,
    MultiplexedWsgiStream,
    Part,
    named,
)
from qader_sse.realtime.streams.opening import TopicStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Stream, Timeouts
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import Service

TRANSPORTS = ("pulled", "pushed", "pushed-in-chunks", "websocket")
SSE_TRANSPORTS = TRANSPORTS[:3]
LONG_TIMEOUTS = Timeouts(heartbeat_seconds=60, peer_timeout_seconds=30, retry_seconds=2)
# Enough for a few frames: what is more has to wait for its reader.
_SMALL_BUFFER = 4096


class Viewing:
    """One viewer at the other end: what has come, read only while `is_reading`."""

    def __init__(self, stream: Stream, client: Any, decode: Callable[[bytes], list[Any]]) -> None:
        self.stream = stream
        self.received = b""
        self.is_ended = False
        self.is_chunked = isinstance(stream, SocketStream) and stream.codec is CHUNKED_SSE
        self._client = client
        self._decode = decode
        self._reader: gevent.Greenlet[..., None] | None = None

    def read(self) -> None:
        """Begin to take what comes, all of it."""
        self._reader = gevent.spawn(self._read)

    @property
    def events(self) -> list[ServerSentEvent]:
        """What a client of several topics gets so far: named messages."""
        body = Chunks().feed(self.received) if self.is_chunked else self.received
        events = Parser().feed(body)
        return [event for event in events if event.event != "stream"]

    @property
    def messages(self) -> list[Any]:
        """The messages so far, decoded as the transport's clients do."""
        return self._decode(self.received)

    def hang_up(self) -> None:
        if self._reader:
            self._reader.kill()
        self._client.close()

    def _read(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(64 * 1024):
                self.received += data
        self.is_ended = True
        self._client.close()


@contextmanager
def viewing(
    transport: str,
    service: Service,
    viewer: Viewer,
    start: TopicStart,
    timeouts: Timeouts = LONG_TIMEOUTS,
    **fields: Any,
) -> Iterator[Viewing]:
    """Watch over one transport; nothing is read before `read` is called."""
    begun = _fields(service, viewer, timeouts) | _place(start, viewer) | fields
    with _driven(transport, service, [start.topic], begun, WsgiStream, SocketStream) as seen:
        yield seen


@contextmanager
def viewing_several(
    transport: str,
    service: Service,
    viewer: Viewer,
    starts: Mapping[str, TopicStart],
    timeouts: Timeouts = LONG_TIMEOUTS,
    **fields: Any,
) -> Iterator[Viewing]:
    """Watch several topics over one transport, each under its name."""
    shared = _fields(service, viewer, timeouts) | fields
    parts = [Part(name=name, **shared | _place(start, viewer)) for name, start in starts.items()]
    places = {name: start.start_cursor for name, start in starts.items() if not start.snapshot}
    begun = shared | {
        "topic": "several",
        "cursor": 0,
        "first": [frame for part in parts for frame in named(places, part.name, part.first)],
        "parts": parts,
        "places": places,
    }
    topics = [start.topic for start in starts.values()]
    with _driven(
        transport, service, topics, begun, MultiplexedWsgiStream, MultiplexedSocketStream
    ) as seen:
        yield seen


def _fields(service: Service, viewer: Viewer, timeouts: Timeouts) -> dict[str, Any]:
    return {
        "database": service.database,
        "hub": service.hub,
        "timeouts": timeouts,
        "viewer": viewer,
        "session_token": "token",
    }


def _place(start: TopicStart, viewer: Viewer) -> dict[str, Any]:
    return {
        "topic": start.topic,
        "cursor": start.cursor_after_events,
        "head": start.head,
        "first": start.frames(viewer),
    }


@contextmanager
def _driven(
    transport: str,
    service: Service,
    topics: list[str],
    begun: dict[str, Any],
    pulled_as: type[WsgiStream],
    pushed_as: type[SocketStream],
) -> Iterator[Viewing]:
    server, far = socket.socketpair()
    for end in (server, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
    client = gevent_socket.socket(fileno=far.detach())
    if transport == "pulled":
        pulled = pulled_as(**begun)
        writing = [gevent.spawn(_serve, pulled, gevent_socket.socket(fileno=server.detach()))]
        seen = Viewing(pulled, client, _sse_messages)
    else:
        writing = []
        codec, decode = _codec(transport)
        server.setblocking(False)
        stream = pushed_as(dispatcher=service.dispatcher, codec=codec, socket=server, **begun)
        with service.hub.buffering(*topics):
            stream.begin(b"")
        seen = Viewing(stream, client, decode)
    try:
        yield seen
    finally:
        if isinstance(seen.stream, WsgiStream):
            seen.stream.leave()
        if isinstance(seen.stream, SocketStream):
            seen.stream.cut()
        seen.hang_up()
        gevent.joinall(writing, timeout=10, raise_error=True)


def _serve(stream: WsgiStream, connection: Any) -> None:
    """Do as WSGI servers do: write each piece whole, and close the body whatever happens."""
    body = stream.body()
    try:
        for piece in body:
            connection.sendall(piece)
    except OSError:
        pass  # the client hung up
    finally:
        body.close()
        connection.close()


def _codec(transport: str) -> tuple[Codec, Callable[[bytes], list[Any]]]:
    if transport == "websocket":
        said = Connection(ConnectionType.SERVER)
        return WebSocketCodec(said, lambda text: None), _websocket_messages
    if transport == "pushed-in-chunks":
        return CHUNKED_SSE, lambda received: _sse_messages(Chunks().feed(received))
    return SSE, _sse_messages


def _sse_messages(received: bytes) -> list[Any]:
    events = Parser().feed(received)
    return [json.loads(event.data) for event in events if event.event == "message"]


def _websocket_messages(received: bytes) -> list[Any]:
    client = Connection(ConnectionType.CLIENT, trailing_data=received)
    text, messages = "", []
    for event in client.events():
        if isinstance(event, TextMessage):
            text += event.data
            if event.message_finished:
                messages.append(json.loads(text))
                text = ""
    return messages
