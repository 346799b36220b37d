"""What a stream opens with reaches the client at once, as the kernel counts it."""

import socket
import struct
from collections.abc import Callable

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer
from tests.support.http_duels import PATH, start

Player = Callable[[int], Api]

# Of `struct tcp_info` (linux/tcp.h): where `tcpi_data_segs_in` is, which counts segments with data.
_TCP_INFO_BYTES, _DATA_SEGMENTS_IN = 160, 152


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("path", [PATH, "/sse/stream/?topics=challenges/{},notifications"])
@pytest.mark.parametrize("cursor", ["", "1"], ids=["fresh", "resumed"])
def test_the_head_and_the_first_messages_are_one_segment(
    server: LocalServer, player: Player, cursor: str, path: str, version: str
) -> None:
    """Each write to a socket is a segment of its own: the client would be woken for each."""
    noura, khalid = player(1), player(2)
    duel = start(noura, khalid)["id"]
    resumed = f"{duel}.{cursor}" if cursor and "topics" in path else cursor
    last = b"challenge.start" if cursor else b"challenge.update"
    request = (
        f"GET {path.format(duel)} HTTP/{version}\r\nHost: localhost\r\n"
        f"Cookie: sessionid={noura.cookie}\r\nLast-Event-ID: {resumed}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(request.encode())
        received = b""
        while last not in received:
            received += client.recv(64 * 1024)
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        (segments,) = struct.unpack_from("I", info, _DATA_SEGMENTS_IN)
        assert segments == 1
    assert noura.act(duel, "leave").status == 200
