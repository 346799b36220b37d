"""The two connections of a player's client: one for REST, kept open, and one for a stream."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench import delivery_check, protocols
from bench.delivery_check import Counts, Entry
from bench.protocols import Answer, Message, SseReader, Unreadable, WebSocketReader

T = TypeVar("T")

_CHALLENGES = "/api/v1/challenges/challenges/"
# A client must not reuse a connection that has been idle for longer. gunicorn closes one after five
# idle seconds: a request written at that moment may or may not have been read.
_MAX_IDLE_SECONDS = 3.0
# A request that has no answer after this time has failed.
_TIMEOUT_SECONDS = 60.0
MAX_TRIES = 20
# When to open a stream again that was refused with `limit` but without a time, as a WebSocket is.
_RETRY_MS = 2000


class DuelFailed(Exception):
    """A duel cannot go on; the text names the reason."""


class Deferred(DuelFailed):
    """A stream was not opened now; the client is to try again after these seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("stream: deferred")
        self.seconds = seconds


@dataclass(slots=True)
class Totals:
    """The sums of all duels of a run. Times are of `time.monotonic`."""

    # Of each answer: when it was acknowledged, and after how many seconds.
    acknowledged: list[tuple[float, float]] = field(default_factory=list)
    # Of each answer: when its result was on the opponent's stream, and after how many seconds.
    seen: list[tuple[float, float]] = field(default_factory=list)
    requests: int = 0
    # Requests sent again because the service asked for it: REST by a 503 with Retry-After, streams
    # by the reason `limit`.
    deferred: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # other answers without a 2xx status
    played: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # duels, by what ended them
    messages: Counts = field(default_factory=Counts)


class RestConnection(asyncio.Protocol):
    """One player's connection for REST; opened again if it was closed, or idle for 3 s."""

    def __init__(self, port: int, totals: Totals) -> None:
        self._port = port
        self._totals = totals
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
            self._waiting.set_exception(DuelFailed(f"REST: cut without an answer ({error})"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def post(self, cookie: str, path: str, content: Any = None) -> Any:
        """Return the body of a 2xx answer; after a 503, repeat when asked to. Raises DuelFailed."""
        data = protocols.request("POST", f"{_CHALLENGES}{path}", cookie, content)
        for _ in range(MAX_TRIES):
            answer = await self._request(data)
            if 200 <= answer.status < 300:
                return answer.json()
            if answer.status != 503 or answer.retry_after is None:
                reason = f"{answer.status} {answer.body[:100].decode(errors='replace')}"
                self._totals.refused[reason] += 1
                raise DuelFailed(f"REST: {reason}")
            self._totals.deferred += 1
            await asyncio.sleep(answer.retry_after * random.uniform(0.5, 1.5))
        raise DuelFailed(f"REST: deferred {MAX_TRIES} times")

    async def _request(self, data: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if time.monotonic() - self._used_at > _MAX_IDLE_SECONDS:
            self.close()
            self._transport = None
        if self._transport is None:
            await connect(lambda: self, self._port)
        assert self._transport is not None  # noqa: S101  # for mypy
        self._totals.requests += 1
        self._waiting = loop.create_future()
        self._transport.write(data)
        try:
            answer = await in_time(self._waiting, "an answer of REST")
        except DuelFailed:
            self.close()  # a late answer would be taken for that of the next request
            raise
        self._used_at = time.monotonic()
        return answer


class StreamConnection(asyncio.Protocol):
    """One player's stream of one duel; calls `on_message` with each message and its arrival."""

    def __init__(
        self, reader: SseReader | WebSocketReader, on_message: Callable[[Message, float], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.log: list[Entry] = []
        self.opened: asyncio.Future[None] = loop.create_future()
        self.questions: asyncio.Future[list[int]] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._reader = reader
        self._on_message = on_message
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
            self._fail(DuelFailed(f"stream: {error!r:.200}"))
        control = self._last_control()
        if control.get("reason") == "limit":
            self._fail(Deferred(control.get("retry_ms", _RETRY_MS) / 1000))
        if self._reader.reply:
            self.send(self._reader.reply)
            self._reader.reply = b""

    def connection_lost(self, error: Exception | None) -> None:
        reason = self._last_control().get("reason") or error or "without a reason"
        self._fail(DuelFailed(f"stream: ended, {reason}"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        for future in (self.opened, self.questions, self.ended):
            if future.done() and not future.cancelled():
                future.exception()  # asyncio logs an exception that nothing has retrieved
            future.cancel()

    def _last_control(self) -> dict[str, Any]:
        return self._reader.control[-1] if self._reader.control else {}

    def _take(self, message: Message, now: float) -> None:
        self.log.append(delivery_check.entry(message))
        self._on_message(message, now)
        if not self.opened.done():
            self.opened.set_result(None)
        if message.type == "challenge.start" and not self.questions.done():
            self.questions.set_result([q["id"] for q in message.payload["questions"]])
        elif message.type == "challenge.end" and not self.ended.done():
            self.ended.set_result(None)

    def _fail(self, reason: DuelFailed) -> None:
        for future in (self.opened, self.questions, self.ended):
            if not future.done():
                future.set_exception(reason)


async def connect(protocol: Callable[[], asyncio.Protocol], port: int) -> None:
    loop = asyncio.get_running_loop()
    await in_time(loop.create_connection(protocol, "127.0.0.1", port), "a connection")


async def in_time(result: Awaitable[T], name: str) -> T:
    """Wait for a result for a minute at most. Raises DuelFailed."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return await result
    except TimeoutError:
        raise DuelFailed(f"{name} did not come in {_TIMEOUT_SECONDS:.0f} s") from None
