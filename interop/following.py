"""Clients that follow one challenge, each through a recorder of its own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from interop.clients import Client
from interop.followers import Followers
from interop.record import Record
from interop.recorder import Recorder
from interop.stage import Stage

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Follower:
    client: Client
    record: Record
    recorder: Recorder


@asynccontextmanager
async def following(
    stage: Stage, clients: Sequence[Client], challenge_id: int, cookie: str
) -> AsyncIterator[list[Follower]]:
    """Run every client's program until the end of the `with`."""
    async with AsyncExitStack() as running:
        recorders = {}
        for client in clients:
            chance = random.Random(client.label)  # noqa: S311  # seeded, to repeat the same cuts
            recorder = recorders[client] = Recorder(stage.port, chance)
            await recorder.start()
            running.push_async_callback(recorder.stop)
        urls = {client: url(client, recorders[client].port, challenge_id) for client in clients}
        programs = await running.enter_async_context(Followers(urls, cookie, stage.programs_log))
        yield [Follower(c, programs.records[c], recorders[c]) for c in clients]


def url(client: Client, port: int, challenge_id: int) -> str:
    scheme, path = ("ws", "ws") if client.is_websocket else ("http", "sse")
    return f"{scheme}://127.0.0.1:{port}/{path}/challenges/{challenge_id}/"


async def wait_for_all(
    followers: Sequence[Follower], condition: Callable[[Follower], object], seconds: float
) -> bool:
    """Wait until the condition holds for all, `seconds` at most; return whether it did."""
    give_up_at = time.monotonic() + seconds
    while not all(map(condition, followers)):
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
