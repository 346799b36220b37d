"""The routes of the app, and the handshake of a WebSocket."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse

from flask import Flask
from werkzeug.routing import Rule

from cluster.local_server import LocalServer

# The apps and servers of the fixtures know this one besides their own.
ALLOWED_ORIGIN = "http://127.0.0.1:8081"


def routes(app: Flask, challenge_id: int | str) -> Iterator[tuple[Rule, str, str]]:
    """Yield a rule, a method and a path for every route; not WebSockets, HEAD and OPTIONS."""
    for rule in app.url_map.iter_rules():
        address = rule.rule.replace("<int:challenge_id>", str(challenge_id))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if not rule.websocket:
                yield rule, method, address


@contextmanager
def websocket_handshake(
    server: LocalServer, path: str, headers: dict[str, str]
) -> Iterator[HTTPResponse]:
    """Open a WebSocket as a browser does, and yield the answer, from which frames can be read."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", path, headers=upgrade | headers)
        with closing(connection.getresponse()) as response:
            yield response
