"""What operators ask of a running service: who is connected, what happens, and why it was not seen."""

import json
import re
import signal
from collections.abc import Callable, Iterator

import pytest
from qader_client.rest import Api
from qader_client.watch import PollWatcher, SocketWatcher, SseWatcher

from cluster.fault_proxy.handle import FaultProxy
from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from tests.support.http_duels import PATH, start
from tests.support.servers import MakeServer

Player = Callable[[int], Api]


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server that looks at its streams five times a second."""
    with make_server(
        STREAM_NOTE_SECONDS="0.2",
        LAME_DUCK_SECONDS="0.2",
        DRAIN_SECONDS="0.5",
    ) as server:
        yield server


def test_a_cut_network_is_told_by_the_cursor_that_comes_back(
    server: LocalServer, player: Player
) -> None:
    one, two = player(1), player(2)
    detail = start(one, two)
    path, question = PATH.format(detail["id"]), detail["questions"][0]["id"]
    with FaultProxy(server.port) as proxy:
        through_proxy = Api(proxy.base_url, cookie=one.cookie)
        cut_off = SseWatcher(through_proxy, path).open(last_event_id="5")
        proxy.partition()
        two.answer(detail["id"], question, "A")
        back = SseWatcher(one, path).open(last_event_id="5")
        back.wait_for("participant.update")
        cut_off.cut()
    back.cut()
    explain = ("explain", str(detail["id"]), "player1", "--event", "7")
    expected = (
        r"Event 7 \(participant.update\) was committed at \S+; it was written to A between \S+ and \S+;"
        r" the client never acknowledged it: its next resume \(B, at \S+\) asked from 5;"
        r" the resume at \S+ \(B, after 5\) brought it, written between \S+ and \S+\."
    )
    wait_until(lambda: re.search(expected, " ".join(server.flask(*explain).split())))


def test_who_is_connected_is_listed_by_transport(server: LocalServer, player: Player) -> None:
    one, two = player(1), player(2)
    challenge_id = one.create("speed_challenge_5min", "player2").body["id"]
    topic = f"challenge:{challenge_id}"
    stream = SseWatcher(one, PATH.format(challenge_id)).open()
    websocket = SocketWatcher(two, f"/ws/challenges/{challenge_id}/").open()
    PollWatcher(two, challenge_id).poll()

    def listed() -> list[tuple[str, str]]:
        found = json.loads(server.flask("who", "--topic", topic, "--json"))
        return [(stream["username"], stream["transport"]) for stream in found["streams"]]

    expected = [("player1", "sse"), ("player2", "websocket"), ("player2", "polling")]
    wait_until(lambda: listed() == expected)
    stream.cut()
    wait_until(lambda: expected[0] not in listed())
    websocket.cut()


def test_a_worker_that_is_replaced_has_noted_how_its_streams_ended(
    server: LocalServer, player: Player
) -> None:
    one, two = player(1), player(2)
    challenge_id = one.create("accuracy_challenge", "player2").body["id"]
    websocket = SocketWatcher(one, f"/ws/challenges/{challenge_id}/").open()
    websocket.send({"type": "unknown"})
    websocket.wait_until(lambda: bool(websocket.replies))
    PollWatcher(one, challenge_id).poll()
    server.reload()
    two.act(challenge_id, "decline")
    told = server.flask("explain", str(challenge_id), "player1")
    assert re.search(r"A +\S+ +\d+ +websocket .* draining +1, 1 error ", told)
    assert re.search(r"B +\S+ +\d+ +polling .* draining +\d", told)
    assert "while no stream of theirs was open: the last one had ended at" in " ".join(told.split())


def test_a_topic_is_followed_live_until_ctrl_c(server: LocalServer, player: Player) -> None:
    challenge_id = player(1).create("medium_verbal_15", "player2").body["id"]
    command = ("tail", f"challenge:{challenge_id}", "--after", "0", "--json")
    with server.start_flask(*command) as tail:
        assert tail.stdout is not None
        first = json.loads(tail.stdout.readline())
        assert (first["seq"], first["type"]) == (1, "challenge.update")
        player(2).act(challenge_id, "accept")
        second = json.loads(tail.stdout.readline())
        assert (second["seq"], second["fact"]["status"]) == (2, "accepted")
        assert len(second["request_id"]) == 16
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=10)
    assert (tail.returncode, errors) == (0, "")
