"""A client that is gone before its first messages are written, and a stream that fails as early."""

import errno
import socket
import struct

import pytest

from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.realtime.protocol.sse_codec import SSE
from qader_sse.realtime.protocol.websocket_codec import WebSocketCodec, unheard
from qader_sse.realtime.streams.client_socket import ClientSocket
from qader_sse.realtime.streams.connection import Connection, StreamStart
from qader_sse.realtime.streams.socket_stream import SocketStream
from qader_sse.realtime.streams.watched_sockets import WatchedSockets
from qader_sse.service import Service
from tests.support.duel import play_to_the_end
from tests.support.several_topics import Duels, opened
from tests.support.transports import subscribed

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def attached(service: Service, viewer: Viewer, duels: Duels) -> tuple[Connection, list[Frame]]:
    """Return an attached connection with these duels as its topics, and its first frames."""
    starts = opened(service, viewer, duels)
    subscriptions, first = subscribed(viewer, starts)
    connection = Connection(
        services=service.streams,
        transport="sse",
        user_id=viewer.user_id,
        session_id="session",
        subscriptions=tuple(subscriptions),
    )
    with service.hub.buffering(*(start.topic for start in starts.values())):
        connection.attach()
    return connection, first


def test_a_topic_that_is_over_is_left_once(
    service: Service, duels: Duels, viewer: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    """The reset is met by the first write, which would have sent the messages as well."""
    play_to_the_end(service, duels[0])
    connection, first = attached(service, viewer, duels)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        client.close()
        accepted, _ = listener.accept()
    accepted.setblocking(False)
    stream = SocketStream(
        connection=connection, dispatcher=service.dispatcher, codec=SSE, socket=accepted
    )
    stream.begin(StreamStart(connection, control_messages.retry(2000), first))
    stream.push()
    assert stream.is_cut
    assert service.hub.open_streams == 0
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_stream_that_fails_before_it_has_begun_is_counted_out_once(
    service: Service, duels: Duels, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dispatcher ticks for as long as it has sockets: with a wrong number, others would have no heartbeat."""

    def fail(connection: Connection, stream: SocketStream) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Connection, "begin", fail)
    connection, first = attached(service, viewer, duels)
    near, far = socket.socketpair()
    near.setblocking(False)
    stream = SocketStream(
        connection=connection, dispatcher=service.dispatcher, codec=SSE, socket=near
    )
    with far:
        stream.begin(StreamStart(connection, control_messages.retry(2000), first))

    assert stream.is_cut
    assert service.hub.open_streams == 0
    assert service.dispatcher.sockets == 0


def test_a_refused_socket_that_cannot_be_watched_is_closed_and_counted_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel watches no more sockets for one user than `fs.epoll.max_user_watches`."""

    def fail(watched: WatchedSockets, refused: ClientSocket) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(WatchedSockets, "add", fail)
    near, far = socket.socketpair()
    near.setblocking(False)
    refused = ClientSocket(
        dispatcher=service.dispatcher, codec=WebSocketCodec(unheard), socket=near
    )
    with far:
        refused.refuse(b"")

    assert refused.is_cut
    assert service.dispatcher.sockets == 0
