"""One regression test for each fault of the backend that this service replaces.

Each docstring says what that backend did.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from qader_client.rest import Answer, Api
from qader_client.watch import SocketWatcher, SseWatcher

from tests.support.http_duels import PATH, answer_all, start

Player = Callable[[int], Api]
NOTIFICATIONS = "/ws/challenges/notifications/"


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_eight_identical_answers_at_once_score_one_point(player: Player) -> None:
    """The earlier backend scored each of the eight."""
    players = (player(1), player(2))
    detail = start(*players)
    connections = [players[0].another() for _ in range(8)]
    for question in detail["questions"]:
        calls = [partial(api.answer, detail["id"], question["id"], "A") for api in connections]
        answers = at_once(*calls)
        assert {answer.status for answer in answers} == {200}
    after = players[0].detail(detail["id"])
    right = sum(q["user_answer_details"]["is_correct"] for q in after["questions"])
    assert after["user_score"] == right


def test_two_players_ready_at_once_start(player: Player) -> None:
    """Earlier, each request saw the other player as not ready, and the duel never started."""
    players = (player(1), player(2))
    for _ in range(10):
        challenge_id = players[0].create("quick_quant_10", "player2").body["id"]
        players[1].act(challenge_id, "accept")
        at_once(*(partial(api.act, challenge_id, "ready") for api in players))
        assert players[0].detail(challenge_id)["status"] == "ongoing"


def test_two_last_answers_at_once_complete_the_duel(player: Player) -> None:
    """Earlier, the two requests deadlocked in the database."""
    players = (player(1), player(2))
    detail = start(*players)
    last = answer_all(players, detail, random.Random(3), leave_out=2)
    answers = at_once(*(partial(api.answer, detail["id"], q, "D") for api, q in last))
    assert [answer.status for answer in answers] == [200, 200]
    assert players[0].detail(detail["id"])["status"] == "completed"


def test_an_answer_without_time_taken_is_recorded(player: Player) -> None:
    """The earlier backend answered such a request with 500."""
    players = (player(1), player(2))
    detail = start(*players)
    first, second = (question["id"] for question in detail["questions"][:2])
    without = {"question_id": first, "selected_answer": "A"}
    with_null = {"question_id": second, "selected_answer": "A", "time_taken_seconds": None}
    for body in (without, with_null):
        answer = players[0].act(detail["id"], "answer", body)
        assert (answer.status, answer.body["status"]) == (200, "answer_received")


def test_a_decline_leaves_the_challengers_notifications_open(player: Player) -> None:
    """Earlier, the message had a type without a handler, and the error closed the WebSocket."""
    players = (player(1), player(2))
    watcher = SocketWatcher(players[0], NOTIFICATIONS).open()
    for expected in (1, 2):
        challenge_id = players[0].create("quick_quant_10", "player2").body["id"]
        players[1].act(challenge_id, "decline")
        watcher.wait_until(
            lambda expected=expected: (  # type: ignore[misc]
                watcher.types == ["challenge_declined_notification"] * expected
            )
        )
    assert watcher.close_code is None
    watcher.cut()


def test_a_cancel_reaches_the_opponent_and_every_open_stream(player: Player) -> None:
    """The earlier backend sent no message of a cancel."""
    players = (player(1), player(2))
    challenge_id = players[0].create("quick_quant_10", "player2").body["id"]
    invited = SocketWatcher(players[1], NOTIFICATIONS).open()
    watching = SseWatcher(players[1], PATH.format(challenge_id)).open()
    watching.wait_for("challenge.update")
    players[0].act(challenge_id, "cancel")
    notification = invited.wait_for("challenge_cancelled_notification")
    assert notification.payload == {"challenge_id": challenge_id, "cancelled_by": "player1"}
    watching.wait_until(lambda: watching.messages[-1].payload["status"] == "cancelled")
    for watcher in (invited, watching):
        watcher.cut()


def test_ready_on_a_declined_challenge_is_refused(player: Player) -> None:
    """The earlier backend answered 200."""
    players = (player(1), player(2))
    challenge_id = players[0].create("quick_quant_10", "player2").body["id"]
    players[1].act(challenge_id, "decline")
    for api in players:
        answer = api.act(challenge_id, "ready")
        assert answer.status == 400
        assert "Declined" in answer.body["detail"]


def test_a_client_that_missed_the_start_gets_it_on_reconnecting(player: Player) -> None:
    """Earlier, only clients connected at the start got the message; others never left the lobby."""
    players = (player(1), player(2))
    created = players[0].create("quick_quant_10", "player2").body
    path = PATH.format(created["id"])
    resuming = SseWatcher(players[1], path).open()
    resuming.wait_for("challenge.update")
    resuming.cut()
    for api, action in ((players[1], "accept"), (players[0], "ready"), (players[1], "ready")):
        api.act(created["id"], action)

    resuming.open().wait_for("challenge.start")
    fresh = SseWatcher(players[1], path).open()
    snapshot = fresh.wait_for("challenge.update")

    assert snapshot.payload["status"] == "ongoing"
    assert len(snapshot.payload["questions"]) == 10
    for watcher in (resuming, fresh):
        watcher.cut()


def test_each_player_sees_their_own_score(player: Player) -> None:
    """The earlier backend sent both the same copy, so one of them saw the scores swapped."""
    players = (player(1), player(2))
    detail = start(*players)
    watchers = [SseWatcher(api, PATH.format(detail["id"])).open() for api in players]
    answer_all(players, detail, random.Random(5))
    hers, his = (watcher.wait_for("challenge.end").payload for watcher in watchers)
    assert (hers["user_score"], hers["opponent_score"]) == (
        his["opponent_score"],
        his["user_score"],
    )
    scores = {attempt["userId"]: attempt["score"] for attempt in hers["attempts"]}
    assert hers["user_score"] == scores[players[0].user_id]
    assert his["user_score"] == scores[players[1].user_id]
    for watcher in watchers:
        watcher.cut()
