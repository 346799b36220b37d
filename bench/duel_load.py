"""Many duels at a time, steadily, in a process of its own: what they came to."""

import asyncio
import gc
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from bench import client_process
from bench.connections import Rest, Score
from bench.delivery_check import Counts
from bench.players import Account, Duel, Side, Transport

Pair = tuple[Account, Account]
Cores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a crowd plays. All pairs play all the time: when a duel ends, their next one begins."""

    port: int
    pairs: Sequence[Pair]
    seconds: float  # measured
    transport: Transport = "sse"
    rate: float = 0  # answers a second of all players together; 0: as fast as they are acknowledged
    warm_up_seconds: float = 3.0  # the first duels begin within this time
    core: int | None = None
    pids: Mapping[str, Sequence[int]] = field(default_factory=dict)  # whose CPU time to look at


@dataclass(frozen=True, slots=True)
class Played:
    """What a crowd's duels came to. Times are of `time.monotonic`, which processes share."""

    began_at: float  # of what was measured; the warm-up is before it
    ended_at: float
    # Within this time: when each answer was acknowledged, and after how long; when its result
    # was on the opponent's stream, and after how long.
    acknowledged: list[tuple[float, float]]
    seen: list[tuple[float, float]]
    # Of all duels, the first and the last included.
    duels: int
    failed: Counter[str]
    requests: int
    put_off: int
    refused: Counter[str]
    messages: Counts
    # The CPU time of each while it was measured, in cores; "others" are all other processes of the
    # machine, and what the kernel could put down to nobody.
    cores: Cores

    @property
    def answers_per_second(self) -> float:
        return len(self.acknowledged) / (self.ended_at - self.began_at)


def play(plan: Plan) -> Played:
    client_process.settle(plan.core)
    # Its pauses would be told as the server's. A run is too short to need it.
    gc.disable()
    return asyncio.run(_play(plan))


async def _play(plan: Plan) -> Played:
    score = Score()
    begin_at = time.monotonic() + plan.warm_up_seconds
    end_at = begin_at + plan.seconds
    players = [asyncio.ensure_future(_pair(plan, pair, score, end_at)) for pair in plan.pairs]
    before, after = await asyncio.gather(_times_at(begin_at, plan), _times_at(end_at, plan))
    await asyncio.gather(*players)
    return Played(
        began_at=begin_at,
        ended_at=end_at,
        acknowledged=[a for a in score.acknowledged if begin_at <= a[0] < end_at],
        seen=[a for a in score.seen if begin_at <= a[0] < end_at],
        duels=score.played + score.failed.total(),
        failed=score.failed,
        requests=score.requests,
        put_off=score.put_off,
        refused=score.refused,
        messages=score.messages,
        cores=_cores(before, after, plan.seconds),
    )


async def _pair(plan: Plan, pair: Pair, score: Score, end_at: float) -> None:
    # Not in step with the others: some create while others answer.
    await asyncio.sleep(random.uniform(0, plan.warm_up_seconds))
    think = 2 * len(plan.pairs) / plan.rate if plan.rate else 0.0
    connections = [Rest(plan.port, score) for _ in pair]
    while time.monotonic() < end_at:
        challenger, opponent = (Side(a, r) for a, r in zip(pair, connections, strict=True))
        await Duel(plan.port, (challenger, opponent), plan.transport, think, score).play()
    for connection in connections:
        connection.close()


async def _times_at(at: float, plan: Plan) -> dict[str, float]:
    """Return the CPU seconds used until then, by whom: those of the plan, the client, and all."""
    await asyncio.sleep(at - time.monotonic())
    used = {who: sum(map(_seconds, pids)) for who, pids in plan.pids.items()}
    everything = psutil.cpu_times()
    busy = sum(everything) - everything.idle - everything.iowait
    return used | {"client": time.process_time(), "all": busy}


def _cores(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> Cores:
    cores = {who: (after[who] - before[who]) / seconds for who in after}
    everything = cores.pop("all")
    return cores | {"others": max(0.0, everything - sum(cores.values()))}


def _seconds(pid: int) -> float:
    # PostgreSQL is a process a connection.
    process = psutil.Process(pid)
    times = [process.cpu_times(), *(child.cpu_times() for child in process.children())]
    return sum(t.user + t.system for t in times)
