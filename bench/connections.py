"""What a player's client holds open: a keep-alive connection for REST, and a stream."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench import delivery_check, protocols
from bench.delivery_check import Counts, Entry
from bench.protocols import Answer, Message, SocketReader, SseReader, Unreadable

T = TypeVar("T")

_CHALLENGES = "/api/v1/challenges/challenges/"
# gunicorn closes a connection that has been idle for five seconds; a client that writes at that
# moment would have to guess whether it was read.
_IDLE_SECONDS = 3.0
# Nothing takes so long unless it will never come.
_PATIENCE_SECONDS = 60.0
MOST_TRIES = 20
_RETRY_MS = 2000  # a WebSocket is told no time; this is what SSE is told by default


class GivenUp(Exception):
    """A duel cannot go on; the text says why."""


class PutOff(GivenUp):
    """A stream was not opened now; the client is to come back after these seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("stream: put off")
        self.seconds = seconds


@dataclass(slots=True)
class Score:
    """What all duels of a run came to. Times are of `time.monotonic`."""

    # Of each answer: when it was acknowledged, and after how many seconds.
    acknowledged: list[tuple[float, float]] = field(default_factory=list)
    # The same for its result on the opponent's stream.
    seen: list[tuple[float, float]] = field(default_factory=list)
    requests: int = 0
    # Told to come back later, and sent again: REST by a 503 with Retry-After, streams by `limit`.
    put_off: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # all other answers but 2xx
    played: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # duels, by what ended them
    messages: Counts = field(default_factory=Counts)


class Rest(asyncio.Protocol):
    """One player's connection for REST; made anew where it was idle for long."""

    def __init__(self, port: int, score: Score) -> None:
        self._port = port
        self._score = score
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._used_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # for mypy
        self._transport = transport
        self._buffer.clear()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answer = protocols.take_answer(self._buffer)
        if answer is not None and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(GivenUp(f"REST: cut without an answer ({error})"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def post(self, cookie: str, path: str, content: Any = None) -> Any:
        """Return a 2xx answer's body. Asked to come back later, it does; raises GivenUp."""
        data = protocols.request("POST", f"{_CHALLENGES}{path}", cookie, content)
        for _ in range(MOST_TRIES):
            answer = await self._ask(data)
            if 200 <= answer.status < 300:
                return answer.json()
            if answer.status != 503 or answer.retry_after is None:
                what = f"{answer.status} {answer.body[:100].decode(errors='replace')}"
                self._score.refused[what] += 1
                raise GivenUp(f"REST: {what}")
            self._score.put_off += 1
            await asyncio.sleep(answer.retry_after * random.uniform(0.5, 1.5))
        raise GivenUp(f"REST: put off {MOST_TRIES} times")

    async def _ask(self, data: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
            self._transport = None
        if self._transport is None:
            await connect(lambda: self, self._port)
        assert self._transport is not None  # noqa: S101  # for mypy
        self._score.requests += 1
        self._waiting = loop.create_future()
        self._transport.write(data)
        try:
            answer = await patiently(self._waiting, "an answer of REST")
        except GivenUp:
            self.close()  # should it still come, it is not the next one's
            raise
        self._used_at = time.monotonic()
        return answer


class Viewer(asyncio.Protocol):
    """One player's stream of one duel. `heard` is called with every message and its arrival."""

    def __init__(
        self, reader: SseReader | SocketReader, heard: Callable[[Message, float], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.log: list[Entry] = []
        self.opened: asyncio.Future[None] = loop.create_future()
        self.questions: asyncio.Future[list[int]] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._reader = reader
        self._heard = heard
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # for mypy
        self._transport = transport

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        try:
            for message in self._reader.feed(data):
                self._take(message, now)
        except (Unreadable, ValueError, KeyError) as error:
            self._fail(GivenUp(f"stream: {error!r:.200}"))
        if self._reader.told and self._reader.told[-1].get("reason") == "limit":
            self._fail(PutOff(self._reader.told[-1].get("retry_ms", _RETRY_MS) / 1000))
        if self._reader.reply:
            self.send(self._reader.reply)
            self._reader.reply = b""

    def connection_lost(self, error: Exception | None) -> None:
        told = self._reader.told[-1].get("reason") if self._reader.told else None
        self._fail(GivenUp(f"stream: ended, {told or error or 'without a word'}"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        for future in (self.opened, self.questions, self.ended):
            if future.done() and not future.cancelled():
                future.exception()  # looked at, so asyncio does not complain
            future.cancel()

    def _take(self, message: Message, now: float) -> None:
        self.log.append(delivery_check.entry(message))
        self._heard(message, now)
        if not self.opened.done():
            self.opened.set_result(None)
        if message.type == "challenge.start" and not self.questions.done():
            self.questions.set_result([q["id"] for q in message.payload["questions"]])
        elif message.type == "challenge.end" and not self.ended.done():
            self.ended.set_result(None)

    def _fail(self, reason: GivenUp) -> None:
        for future in (self.opened, self.questions, self.ended):
            if not future.done():
                future.set_exception(reason)


async def connect(protocol: Callable[[], asyncio.Protocol], port: int) -> None:
    loop = asyncio.get_running_loop()
    await patiently(loop.create_connection(protocol, "127.0.0.1", port), "a connection")


async def patiently(thing: Awaitable[T], what: str) -> T:
    """Wait for it, but not for ever. Raises GivenUp."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await thing
    except TimeoutError:
        raise GivenUp(f"{what} did not come in {_PATIENCE_SECONDS:.0f} s") from None
