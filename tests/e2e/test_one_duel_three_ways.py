"""The same duel over SSE, WebSocket and polling brings each player the same messages."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from qader_client.rest import Api
from qader_client.watch import PollWatcher, SocketWatcher, SseWatcher

from tests.support.http_duels import PATH, answer_all, start, violations_in

Player = Callable[[int], Api]
TYPES = ["quick_quant_10", "medium_verbal_15", "speed_challenge_5min", "accuracy_challenge"]


@pytest.mark.claim("M1", "S5", "S7")
@pytest.mark.parametrize("challenge_type", TYPES)
def test_each_viewer_gets_the_same_numbered_messages_on_every_transport(
    player: Player, challenge_type: str
) -> None:
    players = (player(1), player(2))
    created = players[0].create(challenge_type, "player2").body
    path = f"challenges/{created['id']}/"
    streams = [SseWatcher(api, f"/sse/{path}").open(last_event_id="0") for api in players]
    sockets = [SocketWatcher(api, f"/ws/{path}").open(last_event_id=0) for api in players]
    polls = [PollWatcher(api, created["id"]) for api in players]

    players[1].act(created["id"], "accept")
    for api in players:
        api.act(created["id"], "ready")
    answer_all(players, players[0].detail(created["id"]), random.Random(1))

    for api, stream, socket, poll in zip(players, streams, sockets, polls, strict=True):
        stream.wait_for("challenge.end")
        socket.wait_for("challenge.end")
        while not poll.poll():
            pass
        assert stream.messages == socket.messages == poll.messages
        # In a duel without a time limit, one message more tells the time of the second one.
        others = 7 if challenge_type == "accuracy_challenge" else 6
        assert stream.ids == list(range(1, others + 4 * len(created_questions(stream)) + 1))
        assert violations_in(api, stream) == []
    assert streams[0].messages != streams[1].messages
    for watcher in (*streams, *sockets):
        watcher.cut()


def created_questions(stream: SseWatcher) -> list[Any]:
    questions: list[Any] = stream.messages[-1].payload["questions"]
    return questions


def test_a_stream_without_a_cursor_opens_with_a_snapshot_on_both_transports(
    player: Player,
) -> None:
    players = (player(3), player(4))
    detail = start(*players)
    stream = SseWatcher(players[0], PATH.format(detail["id"])).open()
    socket = SocketWatcher(players[0], f"/ws/challenges/{detail['id']}/").open()
    for watcher in (stream, socket):
        snapshot = watcher.wait_for("challenge.update")
        assert snapshot.payload["status"] == "ongoing"
        assert len(snapshot.payload["questions"]) == 10
    assert stream.ids == [5]
    assert stream.control == [{"state": "open", "mode": "snapshot", "after": 5, "head": 5}]
    for watcher in (stream, socket):
        watcher.cut()


@pytest.mark.claim("M8", "M9", "M10", "M11")
def test_notifications_report_every_step_over_both_transports(player: Player) -> None:
    challenger, opponent = player(5), player(6)
    everyone = [
        (SseWatcher(api, "/sse/challenges/notifications/").open(last_event_id="0"), api)
        for api in (challenger, opponent)
    ]
    socket = SocketWatcher(opponent, "/ws/challenges/notifications/").open(last_event_id=0)
    for action, by in (("accept", opponent), ("decline", opponent), ("cancel", challenger)):
        created = challenger.create("quick_quant_10", "player6").body
        assert by.act(created["id"], action).status == 200

    hers, his = everyone[0][0], everyone[1][0]
    his.wait_for("challenge_cancelled_notification")
    socket.wait_for("challenge_cancelled_notification")
    hers.wait_for("challenge_declined_notification")
    assert hers.types == ["challenge_accepted_notification", "challenge_declined_notification"]
    assert hers.messages[0].payload["accepted_by"] == "player6"
    assert his.types == ["new_challenge_invite"] * 3 + ["challenge_cancelled_notification"]
    assert his.messages == socket.messages
    for watcher, api in everyone:
        assert violations_in(api, watcher) == []
        watcher.cut()
    socket.cut()
