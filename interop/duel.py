"""A whole duel, played by REST: some 86 events, each of which reaches both players."""

import itertools
from typing import Any

from qader_client.rest import CHALLENGES, Answer, Api

_TYPE = "comprehensive_20"


class Duel:
    """Two people's challenge, from its creation to the last answer."""

    def __init__(self, challenger: Api, opponent: Api) -> None:
        self._challenger, self._opponent = challenger, opponent
        self.id = int(_done(challenger.create(_TYPE, str(opponent.user["username"])))["id"])
        self._answers: list[tuple[Api, int, str]] = []

    def begin(self) -> None:
        """Have the opponent accept, and both players become ready."""
        _done(self._opponent.act(self.id, "accept"))
        for player in (self._challenger, self._opponent):
            _done(player.act(self.id, "ready"))
        questions = _done(self._challenger.get(f"{CHALLENGES}{self.id}/"))["questions"]
        for question, choice in zip(questions, itertools.cycle("ABCD"), strict=False):
            for player in (self._challenger, self._opponent):
                self._answers.append((player, question["id"], choice))
        self._answers.reverse()

    @property
    def answers_left(self) -> int:
        return len(self._answers)

    def answer(self) -> None:
        """Give the next answer; the last one ends the duel."""
        player, question_id, choice = self._answers.pop()
        _done(player.answer(self.id, question_id, choice))

    def log(self) -> list[dict[str, Any]]:
        """Return every message of the duel, as the challenger's stream has them."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["id"] if found else 0
            page = _done(self._challenger.get(f"{CHALLENGES}{self.id}/events/?after={after}"))
            found += page["events"]
            if not page["events"] or found[-1]["id"] >= page["head"]:
                return found


def _done(answer: Answer) -> Any:
    if answer.status not in (200, 201):
        raise RuntimeError(f"refused: {answer.status} {answer.body}")
    return answer.body
