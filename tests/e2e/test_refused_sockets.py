"""A refused WebSocket's close code arrives, whatever the client has sent meanwhile."""

import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from qader_client.rest import Api
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

from cluster.local_server import LocalServer

Player = Callable[[int], Api]

REQUEST = (
    "GET {} HTTP/1.1\r\nHost: {}\r\nCookie: sessionid={}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
SOCKETS, AT_A_TIME = 1_000, 4


def outcome(api: Api, path: str, messages: int, *, answers: bool = True) -> object:
    """Open a WebSocket, send so many messages, and return its close code.

    If the connection is reset, return the code and the name of the error.
    """
    host = urlsplit(api.base_url).netloc
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), 10) as raw:
        raw.sendall(REQUEST.format(path, host, api.cookie).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += raw.recv(4096)
        client = Connection(ConnectionType.CLIENT, trailing_data=received.partition(b"\r\n\r\n")[2])
        code = None
        try:
            for _ in range(messages):
                raw.sendall(client.send(TextMessage('{"type": "mark_ready"}')))
            while True:
                for event in client.events():
                    if isinstance(event, CloseConnection):
                        code = event.code
                        if answers:
                            raw.sendall(client.send(event.response()))
                data = raw.recv(4096)
                if not data:
                    return code
                client.receive_data(data)
        except OSError as error:
            return code, type(error).__name__


@pytest.mark.claim("W10")
@pytest.mark.timeout(120)
def test_a_thousand_refused_sockets_are_closed_with_their_code(
    server: LocalServer, player: Player
) -> None:
    stranger, nobody = player(3), Api(server.base_url)
    private = f"/ws/challenges/{player(1).create('quick_quant_10', 'player2').body['id']}/"
    cases = [
        (nobody, private, 4001),
        (nobody, "/ws/challenges/notifications/", 4001),
        (stranger, private, 4003),
        (stranger, "/ws/challenges/999999/", 4004),
    ]

    def refused(number: int) -> tuple[int, object]:
        api, path, code = cases[number % len(cases)]
        return code, outcome(api, path, messages=(0, 1, 5)[number % 3])

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = Counter(pool.map(refused, range(SOCKETS)))
    assert found == {(4001, 4001): 500, (4003, 4003): 250, (4004, 4004): 250}


@pytest.mark.claim("W10")
def test_a_client_that_does_not_answer_the_close_frame_is_given_up(server: LocalServer) -> None:
    nobody = Api(server.base_url)
    assert outcome(nobody, "/ws/challenges/notifications/", messages=5, answers=False) == 4001
