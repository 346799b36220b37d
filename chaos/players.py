"""Players, who use REST as persistently as a good client, and duels of two of them."""

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

from chaos.streams import Address, SseStream, Stream
from chaos.viewer import Viewer

CHALLENGE_TYPE = "quick_quant_10"
# The last answers wait until the fault is over, so that every duel lasts longer than the fault.
_ANSWERS_AFTERWARDS = 3
# After the fault, all players together give about so many answers a second.
_FAST_ANSWERS_A_SECOND = 80
# How long after the last answer the end of the duel is awaited, before answers count as lost.
_LOST_AFTER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed request: when it began, and how it was answered."""

    began_at: float
    text: str
    # A 503 with a text and a Retry-After.
    is_deferral: bool


class GivesUp(Exception):
    """A player was refused for good; `failure` is the answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a round is played: `seconds` between a player's answers until the fault is over.

    It is slow until then, to let the fault meet duels in every phase; fast afterwards.
    """

    seconds: float
    recovered: Event
    players: int
    # Players give those answers again that the database has lost, as people would.
    repeats_lost_answers: bool = False

    def pause(self, chance: random.Random) -> float:
        fast = min(self.seconds, self.players / _FAST_ANSWERS_A_SECOND)
        seconds = fast if self.recovered.is_set() else self.seconds
        return seconds * chance.uniform(0.5, 1.5)


class Player:
    """One account. `failures` and `answers` are those of the current round."""

    def __init__(
        self, api: Api, open_stream: Callable[[int], Stream], chance: random.Random
    ) -> None:
        self.api = api
        self.name = str(api.user["username"])
        self.chance = chance
        self._open_stream = open_stream
        self._last_challenge_id = 0
        self.begin_round()

    def begin_round(self) -> None:
        self.failures: list[Failure] = []
        self.answers: dict[int, str] = {}

    def follow(self, challenge_id: int, host: str, after: int, *, only_sse: bool) -> Viewer:
        """Return a viewer of this challenge, from its first message on, which follows `after`."""
        self._last_challenge_id = challenge_id
        address = Address(host, challenge_id, self.api.cookie or "")
        stream = SseStream(after) if only_sse else self._open_stream(after)
        return Viewer(stream, address, self.api.user_id, self.chance)

    def challenge(self, opponent: "Player") -> int:
        """Invite the opponent; return the challenge's id."""

        def find() -> Any:
            query = f"?status=pending_invite&opponent_username={opponent.name}"
            page = self._get(f"{CHALLENGES}{query}")
            newer = [c for c in page["results"] if c["id"] > self._last_challenge_id]
            return newer[0] if newer else None

        body = self._persist(lambda: self.api.create(CHALLENGE_TYPE, opponent.name), find)
        return int(body["id"])

    def play(self, viewer: Viewer, pace: Pace, *, is_invited: bool) -> None:
        """Take all actions of this player, from the invitation to the last answer."""
        with self.until_given_up():
            if is_invited:
                self._act(viewer.challenge_id, "accept", ("accepted", "ongoing"))
            gevent.sleep(pace.pause(self.chance))
            self._act(viewer.challenge_id, "ready", ("ongoing", "completed"))
            self._answer_all(viewer, pace)
            while pace.repeats_lost_answers and not viewer.ended.wait(_LOST_AFTER_SECONDS):
                self._answer_lost(viewer.challenge_id)

    @contextmanager
    def until_given_up(self) -> Iterator[None]:
        """Record the failure that makes this player give up."""
        try:
            yield
        except GivesUp as refused:
            self.failures.append(refused.failure)

    def _answer_all(self, viewer: Viewer, pace: Pace) -> None:
        questions = list(viewer.questions.get() or ())
        self.chance.shuffle(questions)
        for left, question in zip(range(len(questions), 0, -1), questions, strict=True):
            if left <= _ANSWERS_AFTERWARDS:
                pace.recovered.wait()
            gevent.sleep(pace.pause(self.chance))
            choice = self.answers[question["id"]] = self.chance.choice("ABCD")
            self._answer(viewer.challenge_id, question["id"], choice)

    def _answer_lost(self, challenge_id: int) -> None:
        for question in self._get(f"{CHALLENGES}{challenge_id}/")["questions"]:
            if question["user_answer_details"] is None:
                self._answer(challenge_id, question["id"], self.answers[question["id"]])

    def _act(self, challenge_id: int, action: str, done: tuple[str, ...]) -> None:
        def find() -> Any:
            detail = self._get(f"{CHALLENGES}{challenge_id}/")
            return detail if detail["status"] in done else None

        self._persist(lambda: self.api.act(challenge_id, action), find)

    def _answer(self, challenge_id: int, question_id: int, choice: str) -> None:
        # `find` has nothing to do: the service answers a repeated answer like the first one.
        self._persist(lambda: self.api.answer(challenge_id, question_id, choice), lambda: None)

    def _persist(self, request: Callable[[], Answer], find: Callable[[], Any]) -> Any:
        """Repeat the request until it succeeds; return the body of the answer.

        After a failure it is unknown whether the request was carried out. `find` returns what the
        request would have returned, or None if it has to be sent again.
        """
        body = self._send(request)
        while body is None:
            try:
                body = find() or self._send(request)
            except GivesUp:
                # The repetition may be refused because the first request was carried out after all.
                body = find()
                if body is None:
                    raise
        return body

    def _get(self, path: str) -> Any:
        return self._persist(lambda: self.api.get(path), lambda: None)

    def _send(self, request: Callable[[], Answer]) -> Any:
        """Return the body of the answer, or None after a failure and the pause that it asks for.

        Raises GivesUp if a repetition cannot help.
        """
        began_at, pause = time.time(), "1"
        try:
            answer = request()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(Failure(began_at, repr(error), is_deferral=False))
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
    has_retry_after = answer.headers.get("Retry-After", "").isdecimal()
    is_deferral = answer.status == 503 and bool(text) and has_retry_after
    return Failure(began_at, f"{answer.status} {text or str(answer.body)[:80]}", is_deferral)


class Duel:
    """Two players; `viewers` are theirs, the challenger's first, when the challenge exists."""

    def __init__(self, challenger: Player, opponent: Player) -> None:
        self.players = (challenger, opponent)
        self.viewers: list[Viewer] = []
        self._sides = Group()
        for player in self.players:
            player.begin_round()

    def play(self, host: str, after: int, pace: Pace, *, only_sse: bool = False) -> None:
        """Play until both have received the end. A player who gives up leaves the duel stuck.

        The challenge's topic begins after the number `after`.
        """
        challenger, opponent = self.players
        with challenger.until_given_up():
            challenge_id = challenger.challenge(opponent)
            self.viewers = [
                player.follow(challenge_id, host, after, only_sse=only_sse)
                for player in self.players
            ]
            for player, viewer in zip(self.players, self.viewers, strict=True):
                self._sides.spawn(player.play, viewer, pace, is_invited=player is opponent)
            self._sides.join()
            for viewer in self.viewers:
                viewer.ended.wait()

    def stop(self) -> None:
        """Stop both players."""
        self._sides.kill()
