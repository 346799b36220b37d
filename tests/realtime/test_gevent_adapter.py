"""Relaying between a connection that cannot be handed over and the socket of its stream."""

import gevent
from gevent import socket

from qader_sse.realtime.streams import gevent_adapter
from tests.support.streams import wait_until


def test_a_plain_connection_is_relayed_in_both_directions() -> None:
    """After a failed self-test, a WebSocket without TLS is relayed as one with TLS is."""
    client, connection = socket.socketpair()
    near, relay = gevent_adapter.relay(connection)
    relaying = gevent.spawn(relay)

    received: list[bytes] = []

    def receive() -> bool:
        try:
            received.append(near.recv(100))
        except BlockingIOError:
            return False
        return True

    client.sendall(b"from the client")
    wait_until(receive)
    near.send(b"from the stream")
    with gevent.Timeout(5):
        assert client.recv(100) == b"from the stream"
    assert received == [b"from the client"]

    near.close()
    relaying.join(timeout=5)
    assert relaying.ready()
    for end in (client, connection):
        end.close()
