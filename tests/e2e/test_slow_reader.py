"""A slow reader costs bounded memory, delays no other client, and gets only whole frames."""

import json
import random
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from qader_client.rest import Api
from qader_client.sse import Parser
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.http_duels import PATH, answer_all, start
from tests.support.servers import MakeServer
from tests.support.slow_sockets import connect

Player = Callable[[int], Api]
PEER_TIMEOUT_SECONDS = 2


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server that closes slow readers after two seconds."""
    settings = {
        "PEER_TIMEOUT_SECONDS": str(PEER_TIMEOUT_SECONDS),
    }
    with make_server(**settings) as server:
        yield server


def worker_memory(server: LocalServer) -> int:
    (worker,) = psutil.Process(server.pid).children()
    return int(worker.memory_info().rss)


def drain(slow: socket.socket) -> bytes:
    received = b""
    while chunk := slow.recv(500):
        received += chunk
    return received


@pytest.mark.claim("C14")
def test_a_client_that_stops_reading_is_closed_and_resumes_without_a_loss(
    server: LocalServer, player: Player
) -> None:
    players = (player(1), player(2))
    detail = start(*players, "speed_challenge_5min")
    fast = SseWatcher(players[0], PATH.format(detail["id"])).open(last_event_id="0")
    slow = [
        connect(players[1], f"GET {PATH.format(detail['id'])}?last_event_id=0 HTTP/1.1")
        for _ in range(50)
    ]
    before = worker_memory(server)

    answer_all(players, detail, random.Random(1))

    assert fast.wait_for("challenge.end", timeout=10).id == 106
    assert fast.ids == list(range(1, 107))
    # 50 clients are 106 events behind: queues of their own would hold over 5 MB of frames.
    assert worker_memory(server) - before < 24 * 2**20
    wait_until(lambda: server.log.count("reason=slow") >= 50)
    seen = [last_id(drain(reader)) for reader in slow]
    for reader in slow:
        reader.close()
    resumed = SseWatcher(players[1], PATH.format(detail["id"])).open(last_event_id=str(seen[0]))
    resumed.wait_for("challenge.end")
    assert resumed.ids == list(range(seen[0] + 1, 107))
    for watcher in (fast, resumed):
        watcher.cut()


def last_id(response: bytes) -> int:
    """Return the id of the last whole event in a chunked response that was cut."""
    _, _, body = response.partition(b"\r\n\r\n")
    content = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        content += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    parser = Parser()
    events = list(parser.feed(content))
    assert [int(e.last_event_id) for e in events if e.event == "message"] == list(
        range(1, int(parser.last_event_id) + 1)
    )
    return int(parser.last_event_id)


def test_a_large_frame_reaches_a_slow_websocket_whole(server: LocalServer, player: Player) -> None:
    """A socket takes what fits of a frame; the rest must follow, and not be dropped."""
    players = (player(3), player(4))
    created = players[0].create("comprehensive_20", "player4").body
    handshake = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    slow = connect(players[1], f"GET /ws/challenges/{created['id']}/ HTTP/1.1", *handshake)
    arriving = websocket_texts(slow, until="challenge.end")
    snapshot = next(arriving)
    players[1].act(created["id"], "accept")
    for api in players:
        api.act(created["id"], "ready")
    answer_all(players, players[0].detail(created["id"]), random.Random(1))

    texts = [snapshot, *arriving]

    # This is more than the buffers between the two ends hold, so the last frame came in pieces.
    assert sum(len(text) for text in texts) > 60_000
    messages = [json.loads(text) for text in texts]
    assert [len(m["payload"]["questions"]) for m in messages if "questions" in m["payload"]] == [
        0,
        0,
        20,
        20,
    ]
    slow.close()


def websocket_texts(slow: socket.socket, until: str) -> Iterator[bytes]:
    """Read unmasked text frames in small pieces, up to a message of this type."""
    reader = slow.makefile("rb", buffering=64)
    while reader.readline() != b"\r\n":
        pass
    while True:
        first, length = reader.read(2)
        if length == 126:
            (length,) = struct.unpack(">H", reader.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", reader.read(8))
        content = b""
        while len(content) < length:
            content += reader.read(min(700, length - len(content)))
        if first == 0x81:
            yield content
            if json.loads(content)["type"] == until:
                return


def test_the_servers_log_has_no_traceback(server: LocalServer) -> None:
    assert "Traceback" not in Path(server.log_path).read_text()


def test_a_client_that_reads_no_answers_has_the_server_compute_a_few_only(
    server: LocalServer, player: Player
) -> None:
    """Otherwise the kernel keeps megabytes for it, and each of 500 such clients gets twenty."""
    path = "/openapi/openapi.json"
    asked = 60
    with connect(player(3), f"GET {path} HTTP/1.1") as slow:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        slow.sendall(request * (asked - 1))
        wait_until(lambda: server.log.count(f"route={path} ") > 0)
        other = player(4)
        for _ in range(asked):  # requests take turns: each of these lets the slow client have one
            assert other.get("/livez").status == 200
        assert server.log.count(f"route={path} ") < 10
