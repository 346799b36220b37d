"""Whole duels over a real server."""

import random
from typing import Any

from qader_client.received import Watcher
from qader_client.rest import Api

from conformance.duel_log import violations

PATH = "/sse/challenges/{}/"


def start(challenger: Api, opponent: Api, challenge_type: str = "quick_quant_10") -> Any:
    """Bring a new duel to `ongoing`; return its detail, questions and all."""
    created = challenger.create(challenge_type, opponent.user["username"])
    assert created.status == 201, created
    challenge_id = created.body["id"]
    for api, action in ((opponent, "accept"), (challenger, "ready"), (opponent, "ready")):
        assert api.act(challenge_id, action).status == 200
    return challenger.detail(challenge_id)


def turns(players: tuple[Api, Api], detail: Any, chance: random.Random) -> list[tuple[Api, int]]:
    """Return who answers which question, in a random order."""
    found = [(api, question["id"]) for api in players for question in detail["questions"]]
    chance.shuffle(found)
    return found


def answer_all(
    players: tuple[Api, Api], detail: Any, chance: random.Random, leave_out: int = 0
) -> list[tuple[Api, int]]:
    """Answer at random; return the turns that were left out, the last of each player's."""
    order = turns(players, detail, chance)
    left = [next(turn for turn in reversed(order) if turn[0] is api) for api in players][:leave_out]
    for api, question_id in order:
        if (api, question_id) not in left:
            answer = api.answer(detail["id"], question_id, chance.choice("ABCD"))
            assert answer.status == 200, answer
    return left


def problems(api: Api, watcher: Watcher) -> list[str]:
    """Return what in a viewer's log breaks the contract."""
    return violations(watcher.log, api.user_id)
