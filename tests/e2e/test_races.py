"""A thousand pairs of players act at the same instant, and each pair has one outcome.

The request that loses gets a 400 with a reason, never a 500 or `database is locked`.
"""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from qader_client.rest import Answer, Api

from cluster.local_server import LocalServer
from tests.support.http_duels import answer_all, event_types, start

Player = Callable[[int], Api]
Call = Callable[[], Answer]
PAIRS = 200  # in each of the five tests

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def pair(player: Player) -> tuple[Api, Api]:
    return player(1), player(2)


@pytest.fixture(autouse=True)
def no_error_is_logged(server: LocalServer) -> Any:
    yield
    assert "Traceback" not in server.log
    assert "locked" not in server.log


class AtOnce:
    """Runs calls at the same instant, each in a thread of its own; can be used repeatedly."""

    def __init__(self, callers: int) -> None:
        self._start = threading.Barrier(callers + 1)
        self._done = threading.Barrier(callers + 1)
        self._calls: list[Call] = []
        self._answers: list[Answer | BaseException] = []
        for number in range(callers):
            threading.Thread(target=self._run, args=(number,), daemon=True).start()

    def __call__(self, *calls: Call) -> list[Answer]:
        self._calls, self._answers = list(calls), []
        self._start.wait()
        self._done.wait()
        answers = [answer for answer in self._answers if isinstance(answer, Answer)]
        assert len(answers) == len(calls), self._answers
        return answers

    def _run(self, number: int) -> None:
        while True:
            self._start.wait()
            try:
                self._answers.append(self._calls[number]())
            except Exception as failure:  # noqa: BLE001  # shown by the assertion in __call__
                self._answers.append(failure)
            self._done.wait()


def statuses(answers: list[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


def test_of_an_accept_and_a_cancel_at_once_one_wins(pair: tuple[Api, Api]) -> None:
    challenger, opponent = pair
    at_once = AtOnce(2)
    outcomes = set()
    for _ in range(PAIRS):
        challenge_id = challenger.create("quick_quant_10", "player2").body["id"]
        answers = at_once(
            partial(opponent.act, challenge_id, "accept"),
            partial(challenger.act, challenge_id, "cancel"),
        )
        assert statuses(answers) == [200, 400]
        (loser,) = [answer for answer in answers if answer.status == 400]
        outcome = challenger.detail(challenge_id)["status"]
        names = {"accepted": "Accepted", "cancelled": "Cancelled"}
        assert names[outcome] in loser.body["detail"]
        outcomes.add(outcome)
    assert outcomes <= {"accepted", "cancelled"}


def test_two_players_ready_at_once_start_one_duel(pair: tuple[Api, Api]) -> None:
    challenger, opponent = pair
    at_once = AtOnce(2)
    for _ in range(PAIRS):
        challenge_id = challenger.create("quick_quant_10", "player2").body["id"]
        opponent.act(challenge_id, "accept")
        answers = at_once(
            partial(opponent.act, challenge_id, "ready"),
            partial(challenger.act, challenge_id, "ready"),
        )
        assert statuses(answers) == [200, 200]
        assert sorted(answer.body["challenge_started"] for answer in answers) == [False, True]
        types = event_types(challenger, challenge_id)
        assert types[-3:] == ["participant.update", "participant.update", "challenge.start"]
        assert types.count("challenge.start") == 1


def test_the_same_answer_eight_times_at_once_counts_once(pair: tuple[Api, Api]) -> None:
    connections = [pair[0].another() for _ in range(8)]
    at_once = AtOnce(8)
    duels = 0
    while duels < PAIRS:
        detail = start(*pair)
        for question in detail["questions"]:
            answers = at_once(
                *(partial(api.answer, detail["id"], question["id"], "B") for api in connections)
            )
            assert statuses(answers) == [200] * 8
            assert len({answer.body["is_correct"] for answer in answers}) == 1
            duels += 1
        after = pair[0].detail(detail["id"])
        right = sum(q["user_answer_details"]["is_correct"] for q in after["questions"])
        assert after["user_score"] == right
        assert event_types(pair[0], detail["id"]).count("answer.result") == 10


def test_the_two_last_answers_at_once_complete_the_duel_once(pair: tuple[Api, Api]) -> None:
    at_once = AtOnce(2)
    for number in range(PAIRS):
        detail = start(*pair)
        last = answer_all(pair, detail, random.Random(number), leave_out=2)
        answers = at_once(
            *(partial(api.answer, detail["id"], question, "C") for api, question in last)
        )
        assert statuses(answers) == [200, 200]
        assert sorted(answer.body["challenge_ended"] for answer in answers) == [False, True]
        types = event_types(pair[0], detail["id"])
        assert types.count("challenge.end") == 1
        assert types[-1] == "challenge.end"


def test_of_two_seekers_at_once_one_is_matched_with_the_search_that_waits(player: Player) -> None:
    # Players 1 and 2 play the duels of the tests above, and whoever plays is not searched for.
    waiting, *seekers = (player(number) for number in (3, 4, 5))
    at_once = AtOnce(2)
    for _ in range(PAIRS):
        waiting_id = waiting.create("quick_quant_10").body["id"]
        answers = at_once(*(partial(api.create, "quick_quant_10") for api in seekers))
        assert statuses(answers) == [201, 201]
        assert sorted(answer.body["status"] for answer in answers) == [
            "accepted",
            "pending_matchmaking",
        ]
        matched = waiting.detail(waiting_id)
        assert matched["status"] == "accepted"
        (left,) = [a.body for a in answers if a.body["status"] == "pending_matchmaking"]
        assert left["id"] != waiting_id
        seeker, found = sorted(seekers, key=lambda api: api.user_id != left["challenger"]["id"])
        assert found.user_id == matched["opponent"]["id"]
        assert seeker.act(left["id"], "cancel").status == 200
        # Begun and left: whoever leaves a match before its start is refused a search for a while.
        for api in (waiting, found):
            assert api.act(waiting_id, "ready").status == 200
        assert found.act(waiting_id, "leave").status == 200
