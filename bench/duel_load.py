"""Plays many duels at a time, steadily, in a process of its own, and adds up the outcomes."""

import asyncio
import gc
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from bench import client_process
from bench.accounts import Account
from bench.connections import RestConnection, Totals
from bench.delivery_check import Counts
from bench.players import Duel, Participant, Transport

Pair = tuple[Account, Account]
Cores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the duels are played. When a duel ends, its pair begins the next one.

    Each pair plays at least one, also where this client comes to it only after the measured time.
    """

    port: int
    pairs: Sequence[Pair]
    seconds: float  # measured
    transport: Transport = "sse"
    rate: float = 0  # answers a second of all players together; 0: as fast as they are acknowledged
    warm_up_seconds: float = 3.0  # the first duels begin within this time
    core: int | None = None
    pids: Mapping[str, Sequence[int]] = field(default_factory=dict)  # whose CPU time is measured


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The outcome of all duels. Times are of `time.monotonic`, which processes share."""

    began_at: float  # when the measured time began, after the warm-up
    ended_at: float
    # From `began_at` to `ended_at`: when each answer was acknowledged, and after how long; when its
    # result was on the opponent's stream, and after how long.
    acknowledged: list[tuple[float, float]]
    seen: list[tuple[float, float]]
    # From here on, counts of the whole run: also of duels before `began_at` and after `ended_at`.
    duels: int
    failed: Counter[str]
    requests: int
    deferred: int
    refused: Counter[str]
    messages: Counts
    # The CPU time of each group of processes while it was measured, in cores. "others" are all
    # other processes of the machine, and what the kernel attributes to no process.
    cores: Cores

    @property
    def answers_per_second(self) -> float:
        return len(self.acknowledged) / (self.ended_at - self.began_at)


def play(plan: Plan) -> LoadResult:
    client_process.prepare(plan.core)
    # Pauses of this process's garbage collector would be measured as if the server were slow. A run
    # is too short to need the collector.
    gc.disable()
    return asyncio.run(_play(plan))


async def _play(plan: Plan) -> LoadResult:
    totals = Totals()
    begin_at = time.monotonic() + plan.warm_up_seconds
    end_at = begin_at + plan.seconds
    players = [asyncio.ensure_future(_pair(plan, pair, totals, end_at)) for pair in plan.pairs]
    before, after = await asyncio.gather(_times_at(begin_at, plan), _times_at(end_at, plan))
    await asyncio.gather(*players)
    return LoadResult(
        began_at=begin_at,
        ended_at=end_at,
        acknowledged=[a for a in totals.acknowledged if begin_at <= a[0] < end_at],
        seen=[a for a in totals.seen if begin_at <= a[0] < end_at],
        duels=totals.played + totals.failed.total(),
        failed=totals.failed,
        requests=totals.requests,
        deferred=totals.deferred,
        refused=totals.refused,
        messages=totals.messages,
        cores=_cores(before, after, plan.seconds),
    )


async def _pair(plan: Plan, pair: Pair, totals: Totals, end_at: float) -> None:
    # Pairs begin at random times, so that some create duels while others answer.
    await asyncio.sleep(random.uniform(0, plan.warm_up_seconds))
    think_seconds = 2 * len(plan.pairs) / plan.rate if plan.rate else 0.0
    connections = [RestConnection(plan.port, totals) for _ in pair]
    while True:
        both = tuple(Participant(a, r) for a, r in zip(pair, connections, strict=True))
        await Duel(plan.port, (both[0], both[1]), plan.transport, think_seconds, totals).play()
        if time.monotonic() >= end_at:
            break
    for connection in connections:
        connection.close()


async def _times_at(at: float, plan: Plan) -> dict[str, float]:
    """Return at this time the CPU seconds of the plan's processes, the client, and the machine."""
    await asyncio.sleep(at - time.monotonic())
    used = {name: sum(map(_seconds, pids)) for name, pids in plan.pids.items()}
    everything = psutil.cpu_times()
    busy = sum(everything) - everything.idle - everything.iowait
    return used | {"client": time.process_time(), "all": busy}


def _cores(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> Cores:
    cores = {name: (after[name] - before[name]) / seconds for name in after}
    everything = cores.pop("all")
    return cores | {"others": max(0.0, everything - sum(cores.values()))}


def _seconds(pid: int) -> float:
    # The children count too: PostgreSQL has a process for each connection.
    process = psutil.Process(pid)
    times = [process.cpu_times(), *(child.cpu_times() for child in process.children())]
    return sum(t.user + t.system for t in times)
