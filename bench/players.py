"""Two players in a duel, as cheap as possible: one connection for REST and one stream each."""

import asyncio
import random
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bench import delivery_check, protocols
from bench.accounts import Account
from bench.connections import (
    MAX_TRIES,
    Deferred,
    DuelFailed,
    RestConnection,
    StreamConnection,
    Totals,
    connect,
    in_time,
)
from bench.delivery_check import Acknowledged, AcknowledgedAnswer
from bench.protocols import Message, SseReader, WebSocketReader

Transport = Literal["sse", "websocket"]

# Fifteen questions, so thirty answers a duel. A duel without a time limit has one more message, when
# one player waits for the other; ten minutes are enough for any load.
CHALLENGE_TYPE = "medium_verbal_15"
ANSWERS_PER_DUEL = 30


@dataclass(slots=True)
class Participant:
    """One player of a duel, and which of their actions were acknowledged."""

    account: Account
    rest: RestConnection
    stream: StreamConnection | None = None
    acknowledged: Acknowledged = field(default_factory=Acknowledged)


class Duel:
    """One duel, from the invitation to the end on both streams.

    `think_seconds` is the mean time between two answers of a player; 0: none.
    """

    def __init__(
        self,
        port: int,
        participants: tuple[Participant, Participant],
        transport: Transport,
        think_seconds: float,
        totals: Totals,
    ) -> None:
        self._port = port
        self._participants = participants
        self._transport = transport
        self._think_seconds = think_seconds
        self._totals = totals
        self._sent_at: dict[tuple[int, int], float] = {}

    async def play(self) -> None:
        """Play it, and add the outcome to the totals."""
        try:
            await self._play()
        except (DuelFailed, OSError) as error:
            self._totals.failed[str(error)] += 1
            await asyncio.sleep(1)  # messages under way still count as delivered
            self._count(is_over=False)
        else:
            self._totals.played += 1
            self._count(is_over=True)
        finally:
            for participant in self._participants:
                if participant.stream is not None:
                    participant.stream.close()

    async def _play(self) -> None:
        challenger, opponent = self._participants
        body = {"challenge_type": CHALLENGE_TYPE, "opponent_username": opponent.account.name}
        created = await self._post(challenger, "", body)
        path = f"{created['id']}/"
        await self._post(opponent, f"{path}accept/")
        await _both(self._follow(each, created["id"]) for each in self._participants)
        await _both(self._mark_ready(each, path) for each in self._participants)
        await _both(self._answer_all(each, path) for each in self._participants)
        for participant in self._participants:
            await in_time(_stream(participant).ended, "challenge.end")

    async def _follow(self, viewer: Participant, challenge_id: int) -> None:
        def note_arrival(message: Message, now: float) -> None:
            if message.type == "answer.result":
                payload = message.payload
                if payload["user_id"] != viewer.account.id:
                    sent_at = self._sent_at.get((payload["user_id"], payload["question_id"]))
                    if sent_at is not None:
                        self._totals.seen.append((now, now - sent_at))

        is_sse = self._transport == "sse"
        request = protocols.sse_request if is_sse else protocols.websocket_request
        for _ in range(MAX_TRIES):
            reader = SseReader() if is_sse else WebSocketReader()
            viewer.stream = stream = StreamConnection(reader, note_arrival)
            await connect(lambda: stream, self._port)  # noqa: B023  # called at once
            stream.send(request(challenge_id, viewer.account.cookie))
            try:
                await in_time(stream.opened, "the first message of a stream")
            except Deferred as deferred:
                stream.close()
                self._totals.deferred += 1
                await asyncio.sleep(deferred.seconds)
            else:
                return
        raise DuelFailed(f"stream: deferred {MAX_TRIES} times")

    async def _mark_ready(self, participant: Participant, path: str) -> None:
        await self._post(participant, f"{path}ready/")
        participant.acknowledged.is_ready = True

    async def _answer_all(self, participant: Participant, path: str) -> None:
        user_id = participant.account.id
        due_at = time.monotonic()
        for question_id in await in_time(_stream(participant).questions, "challenge.start"):
            if self._think_seconds:
                # A pause begins when the last answer was due, not when it was acknowledged, so
                # that a slow server is sent as many answers a second as a fast one.
                due_at += self._think_seconds * random.uniform(0.5, 1.5)
                await asyncio.sleep(due_at - time.monotonic())
            body = {"question_id": question_id, "selected_answer": random.choice("ABCD")}
            self._sent_at[user_id, question_id] = sent_at = time.monotonic()
            received = await self._post(participant, f"{path}answer/", body)
            now = time.monotonic()
            answer = AcknowledgedAnswer(question_id, received["is_correct"])
            participant.acknowledged.answers.append(answer)
            self._totals.acknowledged.append((now, now - sent_at))

    async def _post(self, participant: Participant, path: str, content: Any = None) -> Any:
        return await participant.rest.post(participant.account.cookie, path, content)

    def _count(self, *, is_over: bool) -> None:
        acknowledged = {each.account.id: each.acknowledged for each in self._participants}
        for viewer in self._participants:
            if viewer.stream is not None and viewer.stream.log:
                found = delivery_check.count(viewer.stream.log, acknowledged, is_over=is_over)
                self._totals.messages.add(found)


def _stream(participant: Participant) -> StreamConnection:
    if participant.stream is None:
        raise DuelFailed("no stream")
    return participant.stream


async def _both(steps: Iterable[Coroutine[Any, Any, Any]]) -> None:
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
