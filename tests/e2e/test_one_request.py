"""One request on a real server, followed by its id; and a log of which every line is an object.

The server trusts the proxy at 127.0.0.2, which a client here is by connecting from there.
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from qader_client.rest import CHALLENGES, Api
from sqlalchemy import create_engine, text
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.json_log import lines_of
from tests.support.websockets import UPGRADE

PROXY, CLIENT = "127.0.0.2", "127.0.0.3"
ANSWER, SSE, WEBSOCKET = (f"{name}-0c6f2f6c1f117d1c" for name in ("answer", "sse", "websocket"))
NAMED = re.compile(rb"\r\nX-Request-ID: (\S+)\r\n")
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ")
FORGED = b"\x1b[2J2026-01-01T00:00:00.000Z [1] [INFO] qader_sse: forged"


@pytest.fixture(scope="module")
def database_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('one')}/qader.sqlite3"


@pytest.fixture(scope="module")
def server(database_address: str) -> Iterator[LocalServer]:
    with LocalServer(
        DATABASE_URL=database_address,
        LOG_FORMAT="json",
        FORWARDED_ALLOW_IPS=PROXY,
        PASSWORD_HASH_METHOD=QUICK_HASH,
    ) as server:
        server.flask("users", "seed", "--count", "2", "--prefix", "player", "--password", PASSWORD)
        yield server


class Client:
    """A connection from an address, and what came on it."""

    def __init__(self, server: LocalServer, address: str, api: Api | None = None) -> None:
        there = ("127.0.0.1", server.port)
        self.socket = socket.create_connection(there, timeout=10, source_address=(address, 0))
        self.received = b""
        self._cookie = f"Cookie: sessionid={api.cookie}\r\n" if api else ""

    def ask(self, line: str, headers: dict[str, str], body: bytes = b"") -> str:
        """Send a request; return the id that its answer has."""
        sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{line} HTTP/1.1\r\nHost: localhost\r\n{self._cookie}{sent}\r\n"
        return self.exchange(head.encode() + body)

    def exchange(self, request: bytes) -> str:
        self.socket.sendall(request)
        self.read_until(b"\r\n\r\n")
        (found,) = NAMED.findall(self.received)
        return str(found.decode())

    def read_until(self, end: bytes) -> None:
        while end not in self.received:
            data = self.socket.recv(65536)
            assert data, self.received
            self.received += data

    def close(self) -> None:
        self.socket.close()


def causes(database_address: str) -> dict[str, str]:
    """Return the request that caused the first event of each type."""
    engine = create_engine(database_address)
    rows = text("SELECT type, request_id FROM events ORDER BY created_at DESC, seq DESC")
    with engine.connect() as connection:
        found = {row.type: row.request_id for row in connection.execute(rows)}
    engine.dispose()
    return found


def test_an_id_leads_from_the_answer_to_the_line_the_event_and_the_stream(
    server: LocalServer, database_address: str
) -> None:
    noura, khalid = (Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in (1, 2))
    duel = noura.create("quick_quant_10", "player2").body["id"]
    assert [khalid.act(duel, act).status for act in ("accept", "ready")] == [200, 200]

    shaken = Client(server, PROXY, noura)
    handshake = UPGRADE | {"X-Request-ID": WEBSOCKET}
    handshake.pop("Host")
    assert shaken.ask(f"GET /ws/challenges/{duel}/", handshake) == WEBSOCKET
    ready = Connection(ConnectionType.CLIENT).send(TextMessage(data='{"type": "mark_ready"}'))
    shaken.socket.sendall(ready)
    shaken.read_until(b"challenge.start")

    stream = Client(server, PROXY, khalid)
    assert stream.ask(f"GET /sse/challenges/{duel}/", {"X-Request-ID": SSE}) == SSE
    stream.read_until(b"challenge.update")

    wait_until(lambda: noura.detail(duel)["questions"] != [])
    question = noura.detail(duel)["questions"][0]["id"]
    body = json.dumps({"question_id": question, "selected_answer": "A"}).encode()
    size = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    with closing(Client(server, PROXY, noura)) as answering:
        sent = size | {"X-Request-ID": ANSWER, "X-Forwarded-For": "203.0.113.9"}
        assert answering.ask(f"POST {CHALLENGES}{duel}/answer/", sent, body) == ANSWER
    stream.read_until(b"participant.update")
    last_id = re.findall(rb"\nid: (\d+)", stream.received.replace(b"\r", b""))[-1]
    for client in (shaken, stream):
        client.close()

    found = causes(database_address)
    assert (found["answer.result"], found["challenge.start"]) == (ANSWER, WEBSOCKET)
    line = lines_of(server, ANSWER, 1)["request"]
    assert (line["user"], line["address"], line["status"]) == (noura.user_id, "203.0.113.9", 200)
    for request_id, transport, api in ((SSE, "sse", khalid), (WEBSOCKET, "websocket", noura)):
        lines = lines_of(server, request_id, 2)
        assert lines.keys() == {"stream opened", "stream closed"}
        assert lines["stream opened"]["user"] == lines["stream closed"]["user"] == api.user_id
        assert lines["stream opened"]["transport"] == transport
        assert lines["stream opened"]["address"] == PROXY
        assert lines["stream closed"]["reason"] == "client_gone"
        assert lines["stream closed"]["last_id"] == last_id.decode()
    for api in (noura, khalid):
        api.close()


@pytest.mark.claim("R27")
def test_a_client_that_is_no_trusted_proxy_gets_another_id(server: LocalServer) -> None:
    api = Api.signed_in(server.base_url, "player1", PASSWORD)
    for path in ("/api/v1/users/me/", "/sse/challenges/notifications/", "/livez"):
        with closing(Client(server, CLIENT, api)) as client:
            assert len(client.ask(f"GET {path}", {"X-Request-ID": SSE})) == 16
    with closing(Client(server, CLIENT, api)) as client:
        handshake = {k: v for k, v in UPGRADE.items() if k != "Host"} | {"X-Request-ID": SSE}
        assert len(client.ask("GET /ws/challenges/notifications/", handshake)) == 16
    api.close()


@pytest.mark.claim("R27")
@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /livez HTTP/1.1\r\n%b\r\n", 400),
        (b"GET /livez HTTP/1.2\r\nHost: localhost\r\n%b\r\n", 505),
        (b"POST / HTTP/1.1\r\nHost: x\r\n%bTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
def test_what_never_reaches_the_app_has_an_id_and_a_line(
    server: LocalServer, request_bytes: bytes, status: int
) -> None:
    request_id = f"refused-{status}-{len(request_bytes)}-0c6f2f6c"
    with closing(Client(server, PROXY)) as client:
        header = f"X-Request-ID: {request_id}\r\n".encode()
        assert client.exchange(request_bytes % header) == request_id
    line = lines_of(server, request_id, 1)["request"]
    assert (line["status"], line["address"]) == (status, PROXY)


def test_every_line_of_the_log_is_an_object_with_a_time(server: LocalServer) -> None:
    """Also gunicorn's, and those of a request that it cannot read and would quote."""
    for request in (
        b"GET /%b HTTP/1.1\r\n\r\n",
        b"%b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA%b: 1\r\n\r\n",
    ):
        with closing(Client(server, CLIENT)) as client:
            client.socket.sendall(request % FORGED)
            assert client.socket.recv(65536).startswith(b"HTTP/1.1 400")
    wait_until(lambda: server.log.count("Invalid request from ip=127.0.0.3") == 3)
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert all(TIME.fullmatch(line["time"]) for line in lines)
    assert {"gunicorn.error", "qader_sse", "qader_sse.web.access_log"} <= {
        line["logger"] for line in lines
    }
    assert len({line["process"] for line in lines}) == 2
    assert "\x1b" not in server.log
    assert "forged" not in server.log
