"""Records what a stream says of itself, and what a WebSocket answers, for the examples of the documents."""

import json
from typing import Any

from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher
from websockets.sync.client import connect

MARK_READY = {"type": "mark_ready"}

Examples = dict[str, Any]


def controls(sara: Api, fahad: Api, leaving: Api, played: int) -> Examples:
    """Return one of each, by the name of its schema. `leaving` is signed out; a duel has been played."""
    return {
        **_on_a_socket(sara, fahad),
        **_on_streams(sara, played),
        "StreamClosing": _when_signed_out(leaving),
    }


def _on_a_socket(sara: Api, fahad: Api) -> Examples:
    duel = sara.create("quick_quant_10", "fahad").body["id"]
    fahad.act(duel, "accept")
    socket = SocketWatcher(sara, f"/ws/challenges/{duel}/").open()
    socket.send(MARK_READY)
    socket.send({"type": "hello"})
    socket.wait_until(lambda: len(socket.replies) == 2)
    socket.cut()
    confirmed, refused = socket.replies
    return {
        "SocketState": _first_with_ids(sara, f"/ws/challenges/{duel}/?ids=1"),
        "MarkReady": MARK_READY,
        "ReadyConfirmation": confirmed,
        "ErrorMessage": refused,
    }


def _first_with_ids(sara: Api, path: str) -> Any:
    address = sara.base_url.replace("http", "ws", 1) + path
    with connect(address, additional_headers={"Cookie": f"sessionid={sara.cookie}"}) as socket:
        return json.loads(socket.recv())


def _on_streams(sara: Api, played: int) -> Examples:
    stream = SseWatcher(sara, f"/sse/challenges/{played}/").open()
    stream.wait_until(lambda: stream.is_over)
    opened, over = stream.control
    several = SseWatcher(sara, "/sse/stream/?topics=notifications,challenges/4711").open()
    several.wait_until(lambda: len(several.control) == 2)
    for watcher in (stream, several):
        watcher.cut()
    refused = next(said for said in several.control if said["state"] == "refused")
    return {"StreamOpened": opened, "StreamOver": over, "StreamRefused": refused}


def _when_signed_out(leaving: Api) -> Any:
    stream = SseWatcher(leaving, "/sse/challenges/notifications/").open()
    leaving.post("/api/v1/auth/logout/")
    stream.wait_until(lambda: len(stream.control) == 2)
    stream.cut()
    return stream.control[1]
