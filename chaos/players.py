"""Players: what they do by REST, as persistently as a good client, and two of them in a duel."""

import http.client
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Group
from qader_client.rest import CHALLENGES, Answer, Api

from chaos.streams import Address, Stream
from chaos.viewer import Viewer

KIND = "quick_quant_10"
# The last answers wait until the fault is over, so that every duel runs through it and past it.
_ANSWERS_AFTERWARDS = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that did not do what it should: when it began, and what came back."""

    began_at: float
    what: str
    # A 503 that says what is the matter and when to try again.
    is_clear: bool


class GivesUp(Exception):
    """A player was refused for good, by this answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.what)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a round is played: `seconds` between a player's answers until all is healed."""

    seconds: float
    healed: Event

    def pause(self, chance: random.Random) -> float:
        # Slow until the fault is over, to meet it at every point; then there is no reason to be.
        seconds = min(self.seconds, 1.0) if self.healed.is_set() else self.seconds
        return seconds * chance.uniform(0.5, 1.5)


class Player:
    """One account. `failures` and `answers` are of the round that is being played."""

    def __init__(self, api: Api, open_stream: Callable[[], Stream], chance: random.Random) -> None:
        self.api = api
        self.name = str(api.user["username"])
        self.chance = chance
        self._open_stream = open_stream
        self._last_challenge_id = 0
        self.begin_round()

    def begin_round(self) -> None:
        self.failures: list[Failure] = []
        self.answers: dict[int, str] = {}

    def follow(self, challenge_id: int, host: str) -> Viewer:
        """Open a stream from the first message on."""
        self._last_challenge_id = challenge_id
        address = Address(host, challenge_id, self.api.cookie or "")
        return Viewer(self._open_stream(), address, self.api.user_id, self.chance)

    def challenge(self, opponent: "Player") -> int:
        """Invite the opponent; return the challenge's id."""

        def look() -> Any:
            query = f"?status=pending_invite&opponent_username={opponent.name}"
            page = self._see(f"{CHALLENGES}{query}")
            newer = [c for c in page["results"] if c["id"] > self._last_challenge_id]
            return newer[0] if newer else None

        body = self._persist(lambda: self.api.create(KIND, opponent.name), look)
        return int(body["id"])

    def play(self, viewer: Viewer, pace: Pace, *, is_invited: bool) -> None:
        """Do everything that is this player's to do, from the invitation to the last answer."""
        with self.until_given_up():
            if is_invited:
                self._act(viewer.challenge_id, "accept", ("accepted", "ongoing"))
            gevent.sleep(pace.pause(self.chance))
            self._act(viewer.challenge_id, "ready", ("ongoing", "completed"))
            self._answer_all(viewer, pace)

    @contextmanager
    def until_given_up(self) -> Iterator[None]:
        """Note among the failures what made this player give up."""
        try:
            yield
        except GivesUp as refused:
            self.failures.append(refused.failure)

    def _answer_all(self, viewer: Viewer, pace: Pace) -> None:
        questions = list(viewer.questions.get() or ())
        self.chance.shuffle(questions)
        for left, question in zip(range(len(questions), 0, -1), questions, strict=True):
            if left <= _ANSWERS_AFTERWARDS:
                pace.healed.wait()
            gevent.sleep(pace.pause(self.chance))
            choice = self.answers[question["id"]] = self.chance.choice("ABCD")
            self._answer(viewer.challenge_id, question["id"], choice)

    def _act(self, challenge_id: int, action: str, done: tuple[str, ...]) -> None:
        def look() -> Any:
            detail = self._see(f"{CHALLENGES}{challenge_id}/")
            return detail if detail["status"] in done else None

        self._persist(lambda: self.api.act(challenge_id, action), look)

    def _answer(self, challenge_id: int, question_id: int, choice: str) -> None:
        # Sent twice it is answered twice, so there is nothing to look at.
        self._persist(lambda: self.api.answer(challenge_id, question_id, choice), lambda: None)

    def _persist(self, request: Callable[[], Answer], look: Callable[[], Any]) -> Any:
        """Ask until it is done; return the answer's body.

        After a failure nobody knows whether the request was carried out. `look` tells: it
        returns what the request would have, or None where it has to be sent again.
        """
        body = self._ask(request)
        while body is None:
            try:
                body = look() or self._ask(request)
            except GivesUp:
                # Refused perhaps because the first one was carried out, only just now.
                body = look()
                if body is None:
                    raise
        return body

    def _see(self, path: str) -> Any:
        return self._persist(lambda: self.api.get(path), lambda: None)

    def _ask(self, request: Callable[[], Answer]) -> Any:
        """Return the answer's body, or None after a failure and the pause it asks for.

        Raises GivesUp where asking again is of no use.
        """
        began_at, pause = time.time(), "1"
        try:
            answer = request()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(Failure(began_at, repr(error), is_clear=False))
        else:
            if answer.status in (200, 201):
                return answer.body
            failure = _failure(answer, began_at)
            if answer.status < 500:
                raise GivesUp(failure)
            self.failures.append(failure)
            pause = answer.headers.get("Retry-After", "1")
        gevent.sleep(float(pause) * self.chance.uniform(0.5, 1.5))
        return None


def _failure(answer: Answer, began_at: float) -> Failure:
    text = answer.body.get("detail") if isinstance(answer.body, dict) else None
    says_when = answer.headers.get("Retry-After", "").isdecimal()
    is_clear = answer.status == 503 and bool(text) and says_when
    return Failure(began_at, f"{answer.status} {text or str(answer.body)[:80]}", is_clear)


class Duel:
    """Two players; `viewers` are theirs, challenger first, once there is a challenge."""

    def __init__(self, challenger: Player, opponent: Player) -> None:
        self.players = (challenger, opponent)
        self.viewers: list[Viewer] = []
        self._sides = Group()
        for player in self.players:
            player.begin_round()

    def play(self, host: str, pace: Pace) -> None:
        """Play until both have seen the end. A player who gives up leaves the duel stuck."""
        challenger, opponent = self.players
        with challenger.until_given_up():
            challenge_id = challenger.challenge(opponent)
            self.viewers = [player.follow(challenge_id, host) for player in self.players]
            for player, viewer in zip(self.players, self.viewers, strict=True):
                self._sides.spawn(player.play, viewer, pace, is_invited=player is opponent)
            self._sides.join()
            for viewer in self.viewers:
                viewer.ended.wait()

    def stop(self) -> None:
        """Have both players do nothing any more."""
        self._sides.kill()
