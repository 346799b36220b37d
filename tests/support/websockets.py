"""A WebSocket in the test's own process: over a socket pair, and by gunicorn's own reading of it."""

from contextlib import closing

from flask import Flask
from gevent import socket
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import create
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, TextMessage

from qader_sse.web.streaming.gunicorn_adapter import OffersHandover

UPGRADE = {
    "Host": "localhost",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
_TIMEOUT_SECONDS = 10
_PEER = ("127.0.0.1", 0)
_CONFIG = Config()


def outcome_of_handshake(app: Flask, address: str, headers: dict[str, str]) -> int:
    """Return the code with which a WebSocket is closed at once, or else the status: 101 if it lives."""
    near, far = socket.socketpair()
    far.settimeout(_TIMEOUT_SECONDS)
    lines = [f"{name}: {value}\r\n" for name, value in (UPGRADE | headers).items()]
    far.sendall(f"GET {address} HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
    request = next(RequestParser(_CONFIG, near, _PEER))
    answer, environ = create(request, near, _PEER, _PEER, _CONFIG)
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
