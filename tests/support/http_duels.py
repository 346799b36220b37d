"""Whole duels, played over HTTP."""

import random
from typing import Any

from qader_client.received import Watcher
from qader_client.rest import Api
from qader_client.watch import PollWatcher

from conformance.duel_log import violations

PATH = "/sse/challenges/{}/"


def start(challenger: Api, opponent: Api, challenge_type: str = "quick_quant_10") -> Any:
    """Bring a new duel to `ongoing`; return its ChallengeDetail."""
    created = challenger.create(challenge_type, opponent.user["username"])
    assert created.status == 201, created
    challenge_id = created.body["id"]
    for api, action in ((opponent, "accept"), (challenger, "ready"), (opponent, "ready")):
        assert api.act(challenge_id, action).status == 200
    return challenger.detail(challenge_id)


def random_moves(
    players: tuple[Api, Api], detail: Any, chance: random.Random
) -> list[tuple[Api, int]]:
    """Return every pair of a player and a question's id, in a random order."""
    found = [(api, question["id"]) for api in players for question in detail["questions"]]
    chance.shuffle(found)
    return found


def answer_all(
    players: tuple[Api, Api], detail: Any, chance: random.Random, leave_out: int = 0
) -> list[tuple[Api, int]]:
    """Give random answers, but not the last one of each of the first `leave_out` players.

    Return these moves.
    """
    moves = random_moves(players, detail, chance)
    left = [next(move for move in reversed(moves) if move[0] is api) for api in players][:leave_out]
    for api, question_id in moves:
        if (api, question_id) not in left:
            answer = api.answer(detail["id"], question_id, chance.choice("ABCD"))
            assert answer.status == 200, answer
    return left


def violations_in(api: Api, watcher: Watcher) -> list[str]:
    """Return every violation of the contract in what a watcher received."""
    return violations(watcher.log, api.user_id)


def event_types(api: Api, challenge_id: int) -> list[str]:
    """Return the types of a challenge's messages until it is over, or until now."""
    watcher = PollWatcher(api, challenge_id)
    while not watcher.poll():
        pass
    return watcher.types
