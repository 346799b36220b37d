"""Streams of each transport, over a real socket: WSGI streams, and socket streams with each codec."""

import json
import socket
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import gevent
from gevent import socket as gevent_socket
from qader_client.sse import Parser, ServerSentEvent
from wsproto import connection as wsproto
from wsproto.events import TextMessage

from bench.protocols import Chunks
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.codec import Codec
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.sse_codec import CHUNKED_SSE, SSE
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.multiplexed import NamedSubscription, VectorCursor
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.timeouts import Timeouts
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.realtime.streams.wsgi_stream import WsgiStream
from qader_sse.service import Service
from tests.support.streams import LONG_TIMEOUTS

TRANSPORTS = ("wsgi", "socket", "socket-in-chunks", "websocket")
SOCKET_TRANSPORTS = TRANSPORTS[1:]
SSE_TRANSPORTS = TRANSPORTS[:3]
# The send buffer of both ends, in bytes. It holds a few frames; further ones wait until the client
# reads.
_SMALL_BUFFER = 4096


class Viewing:
    """The client at the other end; it reads nothing before `read` is called."""

    def __init__(
        self,
        stream: WsgiStream | SocketStream,
        client: Any,
        decode: Callable[[bytes], list[Any]],
    ) -> None:
        self.stream = stream
        self.connection = stream.connection
        self.received = b""
        self.is_ended = False
        self.is_chunked = isinstance(stream, SocketStream) and stream.codec is CHUNKED_SSE
        self._client = client
        self._decode = decode
        self._reader: gevent.Greenlet[..., None] | None = None

    def read(self) -> None:
        """Begin to read everything that comes."""
        self._reader = gevent.spawn(self._read)

    @property
    def events(self) -> list[ServerSentEvent]:
        """The messages so far of a stream of several topics, with the name of each one's topic."""
        body = Chunks().feed(self.received) if self.is_chunked else self.received
        events = Parser().feed(body)
        return [event for event in events if event.event != "stream"]

    @property
    def said(self) -> list[Any]:
        """The control messages so far of a stream of SSE."""
        body = Chunks().feed(self.received) if self.is_chunked else self.received
        return [json.loads(event.data) for event in Parser().feed(body) if event.event == "stream"]

    @property
    def messages(self) -> list[Any]:
        """The messages so far, decoded as clients of the transport do."""
        return self._decode(self.received)

    def send(self, data: bytes) -> int:
        """Send bytes to the server; return how many the socket accepted."""
        sent: int = self._client.send(data)
        return sent

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
    """View one topic over this transport."""
    over = None if transport == "websocket" else control_messages.over()
    subscription = Subscription(start.topic, viewer, start.cursor, over=over)
    first = subscription.take(start.frames)
    if transport == "websocket":
        fields["transport"] = "websocket"
    connection = _connect(service, viewer, [start], [subscription], timeouts, fields)
    with _streaming(transport, service, StreamStart(connection, b"", first)) as seen:
        yield seen


def subscribed(
    viewer: Viewer, starts: Mapping[str, TopicStart]
) -> tuple[list[NamedSubscription], list[Frame]]:
    """Return a subscription to each topic, and the frames with which their stream begins."""
    vector = VectorCursor({name: s.cursor for name, s in starts.items() if not s.snapshot})
    subscriptions = [
        NamedSubscription(
            start.topic,
            viewer,
            start.cursor,
            over=control_messages.over(name),
            name=name,
            vector=vector,
        )
        for name, start in starts.items()
    ]
    pairs = zip(subscriptions, starts.values(), strict=True)
    first = [frame for subscription, start in pairs for frame in subscription.take(start.frames)]
    return subscriptions, first


@contextmanager
def viewing_several(
    transport: str,
    service: Service,
    viewer: Viewer,
    starts: Mapping[str, TopicStart],
    timeouts: Timeouts = LONG_TIMEOUTS,
    **fields: Any,
) -> Iterator[Viewing]:
    """View several topics over this transport, each under its name."""
    subscriptions, first = subscribed(viewer, starts)
    connection = _connect(service, viewer, starts.values(), subscriptions, timeouts, fields)
    with _streaming(transport, service, StreamStart(connection, b"", first)) as seen:
        yield seen


def _connect(
    service: Service,
    viewer: Viewer,
    starts: Iterable[TopicStart],
    subscriptions: Iterable[Subscription],
    timeouts: Timeouts,
    fields: dict[str, Any],
) -> Connection:
    connection = Connection(
        services=replace(service.streams, timeouts=timeouts),
        user_id=viewer.user_id,
        subscriptions=tuple(subscriptions),
        **{"session_id": "token", "transport": "sse"} | fields,
    )
    with service.hub.buffering(*(start.topic for start in starts)):
        for start in starts:
            service.hub.raise_head(start.topic, start.head)
        connection.attach()
        service.hub.notes.opened(connection, list(starts))
    return connection


@contextmanager
def _streaming(transport: str, service: Service, start: StreamStart) -> Iterator[Viewing]:
    server, far = socket.socketpair()
    for end in (server, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
    client = gevent_socket.socket(fileno=far.detach())
    writing = []
    stream: WsgiStream | SocketStream
    if transport == "wsgi":
        stream = WsgiStream(start.connection)
        connection = gevent_socket.socket(fileno=server.detach())
        writing.append(gevent.spawn(_serve, stream.body(start), connection))
        seen = Viewing(stream, client, _sse_messages)
    else:
        codec, decode = _codec(transport)
        server.setblocking(False)
        stream = SocketStream(
            connection=start.connection, dispatcher=service.dispatcher, codec=codec, socket=server
        )
        stream.begin(start)
        seen = Viewing(stream, client, decode)
    del start
    try:
        yield seen
    finally:
        if isinstance(stream, WsgiStream):
            stream.leave()
        else:
            stream.cut()
        seen.hang_up()
        gevent.joinall(writing, timeout=10, raise_error=True)


def _serve(body: Generator[bytes], connection: Any) -> None:
    """Write a body to a socket as a WSGI server does: whole pieces; the body is always closed."""
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
        return WebSocketCodec(lambda text: None), _websocket_messages
    if transport == "socket-in-chunks":
        return CHUNKED_SSE, lambda received: _sse_messages(Chunks().feed(received))
    return SSE, _sse_messages


def _sse_messages(received: bytes) -> list[Any]:
    events = Parser().feed(received)
    return [json.loads(event.data) for event in events if event.event == "message"]


def _websocket_messages(received: bytes) -> list[Any]:
    client = wsproto.Connection(wsproto.ConnectionType.CLIENT, trailing_data=received)
    text, messages = "", []
    for event in client.events():
        if isinstance(event, TextMessage):
            text += event.data
            if event.message_finished:
                messages.append(json.loads(text))
                text = ""
    return messages
