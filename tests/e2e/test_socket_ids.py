"""WebSockets that ask for `?ids=1`: where each message is in its topic, and what the stream says."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Self

import pytest
from qader_client.rest import CHALLENGES, Api
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD
from tests.support.servers import MakeServer

Player = Callable[[int], Api]
NOTIFICATIONS = "/ws/challenges/notifications/"


class Socket:
    """A client's WebSocket, and what it has received."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.reason = ""

    def texts(self, count: int) -> list[str]:
        return [str(self._connection.recv(10)) for _ in range(count)]

    def messages(self, count: int) -> list[Any]:
        return [json.loads(text) for text in self.texts(count)]

    def send(self, message: object) -> Self:
        self._connection.send(json.dumps(message))
        return self

    def closed(self) -> tuple[list[Any], int]:
        """Return what comes before the end, and the code of the close."""
        said = []
        try:
            while True:
                said += self.messages(1)
        except ConnectionClosed as closed:
            self.reason = closed.rcvd.reason if closed.rcvd else ""
            return said, closed.rcvd.code if closed.rcvd else 1006


Open = Callable[[Api, str], Socket]


@pytest.fixture
def opened() -> Iterator[Open]:
    with ExitStack() as sockets:

        def open_socket(api: Api, path: str) -> Socket:
            cookie = {"Cookie": f"sessionid={api.cookie}"}
            address = api.base_url.replace("http", "ws", 1) + path
            return Socket(sockets.enter_context(connect(address, additional_headers=cookie)))

        yield open_socket


@pytest.fixture
def duel(player: Player) -> tuple[Api, Api, int]:
    """Two players, and an invite that was accepted: the topic has two messages."""
    host, guest = player(1), player(2)
    challenge_id: int = host.create("quick_quant_10", "player2").body["id"]
    guest.act(challenge_id, "accept")
    return host, guest, challenge_id


def stream(**payload: object) -> dict[str, object]:
    return {"type": "stream", "payload": payload}


def polled(api: Api, challenge_id: int, after: int = 0) -> Any:
    return api.get(f"{CHALLENGES}{challenge_id}/events/?after={after}").body["events"]


@pytest.mark.claim("W1", "S9")
def test_a_snapshot_and_what_follows_have_the_ids_of_every_other_transport(
    duel: tuple[Api, Api, int], opened: Open
) -> None:
    host, guest, challenge_id = duel
    socket = opened(host, f"/ws/challenges/{challenge_id}/?ids=1")
    said, snapshot = socket.messages(2)
    assert said == stream(state="open", mode="snapshot", after=2, head=2)
    assert (snapshot["id"], snapshot["type"]) == (2, "challenge.update")
    guest.act(challenge_id, "ready")
    assert socket.messages(1) == polled(host, challenge_id, after=2)


@pytest.mark.claim("W2", "S11")
def test_a_resumed_socket_gets_what_it_missed(duel: tuple[Api, Api, int], opened: Open) -> None:
    host, _, challenge_id = duel
    socket = opened(host, f"/ws/challenges/{challenge_id}/?ids=1&last_event_id=1")
    said, missed = socket.messages(2)
    assert said == stream(state="open", mode="resumed", after=1, head=2)
    assert [missed] == polled(host, challenge_id, after=1)


@pytest.mark.claim("W2", "S12", "S13", "S15")
@pytest.mark.parametrize(("cursor", "after"), [("999", 999), ("banana", -1), ("9" * 30, 2**63 - 1)])
def test_a_reset_can_be_told_from_a_replay(
    duel: tuple[Api, Api, int], opened: Open, cursor: str, after: int
) -> None:
    host, _, challenge_id = duel
    socket = opened(host, f"/ws/challenges/{challenge_id}/?last_event_id={cursor}&ids=1")
    said, snapshot = socket.messages(2)
    assert said == stream(state="open", mode="reset", after=after, head=2)
    assert snapshot["id"] == 2


@pytest.mark.claim("W1", "S10", "S12")
def test_notifications_say_where_they_are(player: Player, opened: Open) -> None:
    host, guest = player(3), player(4)
    (said,) = opened(guest, f"{NOTIFICATIONS}?ids=1").messages(1)
    assert said == stream(state="open", mode="snapshot", after=0, head=0)
    socket = opened(guest, f"{NOTIFICATIONS}?ids=1&last_event_id=7")
    assert socket.messages(1) == [stream(state="open", mode="reset", after=7, head=0)]
    host.create("quick_quant_10", "player4")
    (invite,) = socket.messages(1)
    assert (invite["id"], invite["type"]) == (1, "new_challenge_invite")


@pytest.mark.claim("W3", "W5")
def test_the_end_of_a_challenge_is_said_and_the_socket_stays_open(
    player: Player, opened: Open
) -> None:
    host, guest = player(1), player(2)
    challenge_id = host.create("medium_verbal_15", "player2").body["id"]
    address = f"/ws/challenges/{challenge_id}/?ids=1"
    socket = opened(host, address)
    socket.messages(2)
    guest.act(challenge_id, "decline")
    last, over = socket.messages(2)
    assert (last["id"], last["payload"]["status"], over) == (2, "declined", stream(state="over"))
    (refused,) = socket.send({"type": "mark_ready"}).messages(1)
    assert set(refused) == {"type", "payload"}  # an answer has no place in the topic

    again = opened(host, f"{address}&last_event_id=2")
    head = stream(state="open", mode="resumed", after=2, head=2)
    assert again.messages(2) == [head, stream(state="over")]
    fresh = opened(host, address).messages(3)
    assert [message.get("id") for message in fresh] == [None, 2, None]
    assert fresh[2] == stream(state="over")


@pytest.mark.claim("W3")
def test_the_reason_of_a_close_comes_before_it(server: LocalServer, opened: Open) -> None:
    leaving = Api.signed_in(server.base_url, "player5", PASSWORD)
    socket = opened(leaving, f"{NOTIFICATIONS}?ids=1")
    socket.messages(1)
    leaving.post("/api/v1/auth/logout/")
    (said,), code = socket.closed()
    retry_ms = said["payload"].pop("retry_ms")
    assert (said, code) == (stream(state="closing", reason="signed_out"), 4001)
    assert retry_ms > 0
    leaving.close()


@pytest.mark.claim("C7")
def test_a_socket_whose_password_was_changed_elsewhere_is_told_the_cause(
    server: LocalServer, opened: Open
) -> None:
    password = "three-blue-camels"
    here = Api(server.base_url)
    here.post("/api/v1/auth/register/", {"username": "lama", "password": password})
    there = Api.signed_in(server.base_url, "lama", password)
    sockets = [opened(there, f"{NOTIFICATIONS}{query}") for query in ("?ids=1", "")]
    sockets[0].messages(1)
    change = {"old_password": password, "new_password": "four-green-parrots"}
    assert here.post("/api/v1/auth/password/", change).status == 200
    (said,), code = sockets[0].closed()
    assert (said["payload"]["reason"], said["payload"]["cause"], code) == (
        *("signed_out", "password_changed"),
        4001,
    )
    assert sockets[1].closed() == ([], 4001)
    assert sockets[1].reason == "password_changed"
    for api in (here, there):
        api.close()


@pytest.mark.claim("W3", "C4")
def test_a_worker_without_a_place_says_so_before_the_close(
    opened: Open, make_server: MakeServer
) -> None:
    with make_server(MAX_STREAMS="1") as server:
        api = Api(server.base_url)
        api.post("/api/v1/auth/register/", {"username": "noura", "password": PASSWORD})
        opened(api, f"{NOTIFICATIONS}?ids=1").messages(1)
        (said,), code = opened(api, f"{NOTIFICATIONS}?ids=1").closed()
        assert (said["payload"]["reason"], code) == ("limit", 1013)
        assert opened(api, NOTIFICATIONS).closed() == ([], 1013)
        api.close()


@pytest.mark.claim("W4", "S7")
@pytest.mark.parametrize("query", ["", "&ids=0", "&ids=true"])
def test_a_socket_that_asks_for_no_ids_gets_what_it_always_got(
    player: Player, opened: Open, query: str
) -> None:
    host, guest = player(1), player(2)
    challenge_id = host.create("comprehensive_20", "player2").body["id"]
    guest.act(challenge_id, "decline")
    address = f"/ws/challenges/{challenge_id}/?last_event_id=0"
    numbered = opened(host, f"{address}&ids=1").texts(4)[1:3]
    plain = opened(host, address + query)
    assert [
        f'{{"id":{number},{text[1:]}' for number, text in enumerate(plain.texts(2), 1)
    ] == numbered
    (answer,) = plain.send({}).messages(1)  # and neither `open` nor `over` came before it
    assert answer["type"] == "error"
