"""Measures each setup of each proxy: delays, cursors, quiet, and how a client's leaving is noticed."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from cluster.process import temporary_folder
from interop.clients import Client
from interop.duel import Duel
from interop.followers import Followers
from interop.proxies.passage import GIVE_UP_SECONDS, Passage
from interop.proxies.servers import ProxyServer
from interop.proxies.setups import DIRECT, HTTP1, HTTP2, WEBSOCKET, Setup
from interop.record import Record
from interop.recorder import Recorder, Request
from interop.stage import Stage

EVENTS = 10
QUIET_SECONDS = 35
# A proxy that does not watch its clients notices that one has left when it forwards heartbeats. Four
# are sent in this time; Varnish needs three, 45 s.
LEAVING_SECONDS = 65
_OPENING_SECONDS = 10
_LOOK_SECONDS = 0.05

_PROGRAMS = {
    HTTP1: Client(HTTP1, "python", "python/http_stream.py", "httpx"),
    HTTP2: Client(HTTP2, "python", "python/http_stream.py", "httpx"),
    WEBSOCKET: Client(WEBSOCKET, "python", "python/websockets_client.py", "websockets"),
}


async def measure(setups: Sequence[Setup], say: Callable[[str], None]) -> list[Passage]:
    """Return a passage for each client of each setup."""
    with Stage() as stage:
        folder = temporary_folder(stage, "qader-proxies-")
        folder.chmod(0o755)  # a proxy that gives up being root has to enter it
        async with AsyncExitStack() as running:
            trials = []
            for number, setup in enumerate(setups):
                say(f"{setup.name}: {EVENTS} events")
                trial = Trial(stage, setup)
                await trial.start(running, folder / str(number))
                await trial.measure_delays()
                trials.append(trial)
            say(f"all: {QUIET_SECONDS} s of quiet")
            await asyncio.sleep(QUIET_SECONDS)
            for trial in trials:
                await trial.measure_after_quiet()
            say(f"all: clients leave; up to {LEAVING_SECONDS} s")
            await asyncio.gather(*(trial.leave() for trial in trials))
        return [passage for trial in trials for passage in trial.passages.values()]


class Trial:
    """One setup: a proxy, a recorder between it and the service, and a duel that clients follow."""

    def __init__(self, stage: Stage, setup: Setup) -> None:
        self._stage, self._setup = stage, setup
        self._recorder = Recorder(stage.port, random.Random(1))  # noqa: S311  # cuts nothing
        self.passages = {client: Passage(setup, client) for client in setup.clients}

    async def start(self, running: AsyncExitStack, folder: Path) -> None:
        await self._recorder.start()
        running.push_async_callback(self._recorder.stop)
        self._proxy = None
        if self._setup.proxy != DIRECT:
            self._proxy = ProxyServer(self._setup, folder, self._recorder.port)
            running.enter_context(self._proxy)
        self._duel: Duel = self._stage.duel()
        # The duel begins before its clients connect, so that they have something to catch up on:
        # Caddy decides by the size of the first bytes whether it compresses an answer.
        await asyncio.to_thread(self._duel.begin)
        urls = {_PROGRAMS[client]: self._url(client) for client in self._setup.clients}
        self._programs = Followers(urls, self._stage.cookie, self._stage.programs_log)
        await running.enter_async_context(self._programs)
        await self._wait(lambda: all(map(self._has_caught_up, self.passages)), _OPENING_SECONDS)

    async def measure_delays(self) -> None:
        for _ in range(EVENTS):
            for client, delay in (await self._answer()).items():
                self.passages[client].delays.append(delay)
        for client, passage in self.passages.items():
            passage.resumes = any(
                request.last_event_id == "1" or "last_event_id=0" in request.target
                for request in self._requests(client)
            )
            passage.problem = next(iter(self._record(client).errors), "")

    async def measure_after_quiet(self) -> None:
        for client, delay in (await self._answer()).items():
            self.passages[client].after_quiet = delay

    async def leave(self) -> None:
        """End the clients; measure until the service's side has noticed."""
        waiting = {client for client in self.passages if self._is_open(client)}
        left_at = time.monotonic()
        await self._programs.end()
        while waiting and time.monotonic() < left_at + LEAVING_SECONDS:
            await asyncio.sleep(_LOOK_SECONDS)
            for client in {client for client in waiting if not self._is_open(client)}:
                waiting.discard(client)
                self.passages[client].noticed_after = time.monotonic() - left_at

    async def _answer(self) -> dict[str, float | None]:
        """Answer once; return how long it took until each client had an event of it."""
        before = {client: len(self._record(client).messages) for client in self.passages}
        posted_at = time.monotonic()
        await asyncio.to_thread(self._duel.answer)
        await self._wait(
            # A client that has had nothing so far is not waited for.
            lambda: all(len(self._record(c).messages) > n for c, n in before.items() if n),
            GIVE_UP_SECONDS,
        )
        await asyncio.sleep(_LOOK_SECONDS)  # for the second event of an answer
        delays: dict[str, float | None] = {}
        for client, count in before.items():
            new = self._record(client).messages[count:]
            delays[client] = new[0].at - posted_at if new else None
        return delays

    def _url(self, client: str) -> str:
        port = self._proxy.port if self._proxy else self._recorder.port
        path = f"/challenges/{self._duel.id}/"
        if client == WEBSOCKET:
            return f"ws://127.0.0.1:{port}/ws{path}"
        if client == HTTP1:
            return f"http://127.0.0.1:{port}/sse{path}?via=1#1"
        assert self._proxy  # noqa: S101  # the service speaks no HTTP/2 itself
        scheme = "http" if self._setup.proxy == "Varnish" else "https"
        return f"{scheme}://127.0.0.1:{self._proxy.tls_port}/sse{path}?via=2#2"

    def _requests(self, client: str) -> list[Request]:
        mark = {HTTP1: "?via=1", HTTP2: "?via=2", WEBSOCKET: "/ws/"}[client]
        return [request for request in self._recorder.requests if mark in request.target]

    def _is_open(self, client: str) -> bool:
        return any(request.is_open for request in self._requests(client))

    def _record(self, client: str) -> Record:
        return self._programs.records[_PROGRAMS[client]]

    def _has_caught_up(self, client: str) -> bool:
        record = self._record(client)
        return bool(record.errors) or any(m.type == "challenge.start" for m in record.messages)

    @staticmethod
    async def _wait(condition: Callable[[], bool], seconds: float) -> None:
        give_up_at = time.monotonic() + seconds
        while not condition() and time.monotonic() < give_up_at:
            await asyncio.sleep(_LOOK_SECONDS / 10)
