"""Two players in a duel, as lean as it goes: one keep-alive connection and one stream each."""

import asyncio
import random
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bench import delivery_check, protocols
from bench.connections import MOST_TRIES, GivenUp, PutOff, Rest, Score, Viewer, connect, patiently
from bench.delivery_check import Done, Given
from bench.protocols import Message, SocketReader, SseReader

Transport = Literal["sse", "websocket"]

# The one type without a time limit: fifteen questions, so thirty answers a duel.
KIND = "accuracy_challenge"
ANSWERS_PER_DUEL = 30


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    name: str
    cookie: str


@dataclass(slots=True)
class Side:
    """One player of a duel, and what they did in it."""

    account: Account
    rest: Rest
    viewer: Viewer | None = None
    done: Done = field(default_factory=Done)


class Duel:
    """One duel, from the invitation to the end on both screens. `think` is the mean, in seconds."""

    def __init__(
        self, port: int, sides: tuple[Side, Side], transport: Transport, think: float, score: Score
    ) -> None:
        self._port = port
        self._sides = sides
        self._transport = transport
        self._think = think
        self._score = score
        self._asked_at: dict[tuple[int, int], float] = {}

    async def play(self) -> None:
        """Play it, and add to the score what it came to."""
        try:
            await self._play()
        except (GivenUp, OSError) as error:
            self._score.failed[str(error)] += 1
            await asyncio.sleep(1)  # what is under way still counts as delivered
            self._count(is_over=False)
        else:
            self._score.played += 1
            self._count(is_over=True)
        finally:
            for side in self._sides:
                if side.viewer is not None:
                    side.viewer.close()

    async def _play(self) -> None:
        challenger, opponent = self._sides
        body = {"challenge_type": KIND, "opponent_username": opponent.account.name}
        created = await self._post(challenger, "", body)
        path = f"{created['id']}/"
        await self._post(opponent, f"{path}accept/")
        await _both(self._follow(side, created["id"]) for side in self._sides)
        await _both(self._mark_ready(side, path) for side in self._sides)
        await _both(self._answer_all(side, path) for side in self._sides)
        for side in self._sides:
            await patiently(_viewer(side).ended, "challenge.end")

    async def _follow(self, side: Side, challenge_id: int) -> None:
        def heard(message: Message, now: float) -> None:
            if message.type == "answer.result":
                payload = message.payload
                if payload["user_id"] != side.account.id:
                    asked_at = self._asked_at.get((payload["user_id"], payload["question_id"]))
                    if asked_at is not None:
                        self._score.seen.append((now, now - asked_at))

        is_sse = self._transport == "sse"
        ask = protocols.sse_request if is_sse else protocols.socket_request
        for _ in range(MOST_TRIES):
            side.viewer = viewer = Viewer(SseReader() if is_sse else SocketReader(), heard)
            await connect(lambda: viewer, self._port)  # noqa: B023  # called before the next one
            viewer.send(ask(challenge_id, side.account.cookie))
            try:
                await patiently(viewer.opened, "the first message of a stream")
            except PutOff as put_off:
                viewer.close()
                self._score.put_off += 1
                await asyncio.sleep(put_off.seconds)
            else:
                return
        raise GivenUp(f"stream: put off {MOST_TRIES} times")

    async def _mark_ready(self, side: Side, path: str) -> None:
        await self._post(side, f"{path}ready/")
        side.done.is_ready = True

    async def _answer_all(self, side: Side, path: str) -> None:
        user_id = side.account.id
        due_at = time.monotonic()
        for question_id in await patiently(_viewer(side).questions, "challenge.start"):
            if self._think:
                # From answer to answer, so that a slow server is not asked less often.
                due_at += self._think * random.uniform(0.5, 1.5)
                await asyncio.sleep(due_at - time.monotonic())
            body = {"question_id": question_id, "selected_answer": random.choice("ABCD")}
            self._asked_at[user_id, question_id] = asked_at = time.monotonic()
            received = await self._post(side, f"{path}answer/", body)
            now = time.monotonic()
            side.done.answers.append(Given(question_id, received["is_correct"]))
            self._score.acknowledged.append((now, now - asked_at))

    async def _post(self, side: Side, path: str, content: Any = None) -> Any:
        return await side.rest.post(side.account.cookie, path, content)

    def _count(self, *, is_over: bool) -> None:
        done = {side.account.id: side.done for side in self._sides}
        for side in self._sides:
            if side.viewer is not None and side.viewer.log:
                found = delivery_check.count(side.viewer.log, done, is_over=is_over)
                self._score.messages.add(found)


def _viewer(side: Side) -> Viewer:
    if side.viewer is None:
        raise GivenUp("no stream")
    return side.viewer


async def _both(things: Iterable[Coroutine[Any, Any, Any]]) -> None:
    tasks = [asyncio.ensure_future(thing) for thing in things]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
