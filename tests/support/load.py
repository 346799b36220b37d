"""Duels that go on in threads while something else happens, and the answers that counted."""

import random
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPException
from types import TracebackType
from typing import Any, Self

from qader_client.rest import Api

from cluster.waiting import wait_until
from tests.support.http_duels import random_moves, start

_THINKING_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer that the service has accepted, and when its 200 had arrived."""

    player: str
    challenge_id: int
    question_id: int
    choice: str
    at: float


class Load:
    """One duel at a time for each pair of accounts, from `with` to its end or `stop`.

    A request that fails before `stop` is a failure: nothing that goes on beside may disturb players.
    """

    def __init__(self, base_url: str, names: Sequence[str], password: str) -> None:
        self._base_url, self._names, self._password = base_url, names, password
        self._clients = ExitStack()
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.acknowledged: list[Acknowledged] = []
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        players = [self._sign_in(name) for name in self._names]
        for pair in zip(players[::2], players[1::2], strict=True):
            self._threads.append(threading.Thread(target=self._play, args=(pair,), daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._clients.close()

    def wait_for(self, more: int) -> None:
        """Wait until so many more answers have been accepted."""
        wanted = len(self.acknowledged) + more
        wait_until(lambda: len(self.acknowledged) >= wanted or self.failures, timeout=60)

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(30)

    def _sign_in(self, name: str) -> Api:
        api = Api.signed_in(self._base_url, name, self._password)
        self._clients.callback(api.close)
        return api

    def _play(self, pair: tuple[Api, Api]) -> None:
        chance = random.Random(pair[0].user_id)
        try:
            while not self._is_over.is_set():
                self._play_once(pair, start(*pair), chance)
        except (AssertionError, OSError, HTTPException) as error:
            self.failures.append(repr(error))

    def _play_once(self, pair: tuple[Api, Api], detail: Any, chance: random.Random) -> None:
        for api, question_id in random_moves(pair, detail, chance):
            if self._is_over.wait(_THINKING_SECONDS):
                return
            choice = chance.choice("ABCD")
            answer = api.answer(detail["id"], question_id, choice)
            assert answer.status == 200, answer
            name = str(api.user["username"])
            now = time.time()
            self.acknowledged.append(Acknowledged(name, detail["id"], question_id, choice, now))


def missing(base_url: str, answers: Sequence[Acknowledged], password: str) -> list[Acknowledged]:
    """Return those answers that the service does not show to their players."""
    lost = []
    for name in {answer.player for answer in answers}:
        api = Api.signed_in(base_url, name, password)
        own = [answer for answer in answers if answer.player == name]
        held: dict[tuple[int, int], str] = {}
        for challenge_id in {answer.challenge_id for answer in own}:
            for question in api.detail(challenge_id).get("questions", ()):
                details = question["user_answer_details"] or {}
                held[challenge_id, question["id"]] = details.get("selected_choice", "")
        lost += [a for a in own if held.get((a.challenge_id, a.question_id)) != a.choice]
        api.close()
    return lost
