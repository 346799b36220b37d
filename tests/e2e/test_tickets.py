"""Stream tickets at a real server: on the WebSocket, until their session ends, and unlogged."""

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD

NOTIFICATIONS = "/sse/challenges/notifications/"
SOCKET = "/ws/challenges/notifications/"


def ticket_for(api: Api, stream: str) -> str:
    ticket: str = api.post("/api/v1/auth/ticket/", {"stream": stream}).body["ticket"]
    return ticket


def close_code(address: str) -> int:
    with connect(address) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.claim("T4", "T5")
def test_a_ticket_opens_a_stream_until_its_session_ends(server: LocalServer) -> None:
    api = Api.signed_in(server.base_url, "player1", PASSWORD)
    socket_ticket, stream_ticket = ticket_for(api, SOCKET), ticket_for(api, NOTIFICATIONS)
    address = f"{server.base_url.replace('http', 'ws')}{SOCKET}?ticket="
    stream = SseWatcher(Api(server.base_url), f"{NOTIFICATIONS}?ticket={stream_ticket}").open()
    stream.wait_until(lambda: stream.control)
    with connect(address + socket_ticket) as socket:
        assert [close_code(address + bad) for bad in (socket_ticket, stream_ticket)] == [4001, 4001]
        api.post("/api/v1/auth/logout/")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001
    stream.wait_until(lambda: not stream.is_open)
    assert stream.control[-1]["reason"] == "signed_out"
    assert NOTIFICATIONS in server.log
    assert not [secret for secret in (socket_ticket, stream_ticket) if secret in server.log]
    stream.cut()
    api.close()
