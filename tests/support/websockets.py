"""A WebSocket in the test's own process: over a socket pair, on gunicorn's own answer object."""

from contextlib import closing
from types import SimpleNamespace

from flask import Flask
from gevent import socket
from gunicorn.config import Config
from gunicorn.http.wsgi import Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, TextMessage

from qader_sse.web.streaming.gunicorn_adapter import OffersHandover

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
_TIMEOUT_SECONDS = 10


def outcome_of_handshake(app: Flask, address: str, headers: dict[str, str]) -> int:
    """Return the code with which a WebSocket is closed at once, or else the status: 101 if it lives."""
    near, far = socket.socketpair()
    far.settimeout(_TIMEOUT_SECONDS)
    environ = EnvironBuilder(path=address, headers=Headers(UPGRADE | headers)).get_environ()
    environ["gunicorn.socket"] = near
    request = SimpleNamespace(version=(1, 1), method="GET", headers=[])
    answer = Response(request, near, Config())
    layer = OffersHandover(app.wsgi_app, app.extensions["qader_sse"])
    layer(environ, answer.start_response)
    with closing(near), closing(far):
        if answer.status_code != 101:
            return int(answer.status_code)
        return _first_word(far)


def _first_word(client: socket.socket) -> int:
    """Read until the server closes, or sends a message; `{}` is one that it answers."""
    head, _, received = client.recv(4096).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101"), head
    protocol = Connection(ConnectionType.CLIENT, trailing_data=received)
    client.sendall(protocol.send(TextMessage(data="{}")))
    while True:
        for event in protocol.events():
            if isinstance(event, CloseConnection):
                return int(event.code)
            if isinstance(event, TextMessage):
                return 101
        protocol.receive_data(client.recv(4096) or None)
