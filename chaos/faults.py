"""The faults: each is done to a running cluster for some seconds, and healed when it returns."""

import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chaos.socket_readers import CutsMidFrame, ReadsOneByteASecond, Vanishes
from chaos.viewer import Viewer
from cluster.fault_proxy.handle import FaultProxy
from cluster.local_cluster import Cluster


@dataclass
class Arena:
    """Where a fault is done, and what it did."""

    cluster: Cluster
    viewers: Callable[[], list[Viewer]]
    chance: random.Random
    seconds: float
    # Sockets of clients that vanished: nobody reads them any more.
    left_behind: list[socket.socket] = field(default_factory=list)

    def again_and_again(self, do: Callable[[], None], pause: float) -> int:
        """Do it for as long as the fault shall last, with about this pause; return how often."""
        end = time.monotonic() + self.seconds
        times = 0
        while time.monotonic() < end:
            do()
            times += 1
            time.sleep(pause * self.chance.uniform(0.7, 1.3))
        return times

    def redis(self, *command: str) -> Any:
        """Return Redis's answer, asked past the proxy."""
        return self.cluster.redis.ask(*command)

    def some_viewers(self) -> list[Viewer]:
        viewers = self.viewers()
        return self.chance.sample(viewers, len(viewers) // 2)

    def some_host(self) -> str:
        """Return the balancer, or one of the nodes behind it.

        nginx hides a client's sloth from the service; who comes straight to a node does not.
        """
        addresses = [self.cluster.base_url, *(node.base_url for node in self.cluster.nodes)]
        return self.chance.choice(addresses).removeprefix("http://")


@dataclass(frozen=True, slots=True)
class Fault:
    """`do` returns what it did, in a few words."""

    name: str
    title: str
    do: Callable[[Arena], str]
    # How long it lasts in the report of ten minutes, and at least.
    seconds: float = 12.0
    least_seconds: float = 4.0
    # While it lasts, REST may answer a clear 503: what a request needs is away.
    takes_rest_away: bool = False


def kill_workers(arena: Arena) -> str:
    def kill_one() -> None:
        node = arena.chance.choice(arena.cluster.nodes)
        node.kill_worker(arena.chance.choice(node.worker_pids))

    return f"{arena.again_and_again(kill_one, pause=2)} workers killed"


def restart_rolling(arena: Arena) -> str:
    for node in arena.cluster.nodes:
        node.reload()
    return f"all workers of {len(arena.cluster.nodes)} nodes replaced, one node after the other"


def kill_redis(arena: Arena) -> str:
    def kill_and_restart() -> None:
        arena.cluster.redis.kill()
        time.sleep(arena.chance.uniform(0.5, 2))
        arena.cluster.redis.start()

    return f"killed and started {arena.again_and_again(kill_and_restart, pause=2)} ×"


def flush_redis(arena: Arena) -> str:
    times = arena.again_and_again(lambda: arena.redis("FLUSHALL"), pause=0.5)
    return f"flushed {times} ×"


def kill_subscriptions(arena: Arena) -> str:
    killed: list[int] = []
    command = ("CLIENT", "KILL", "TYPE", "pubsub")
    arena.again_and_again(lambda: killed.append(arena.redis(*command)), pause=1)
    return f"{sum(killed)} subscriptions killed"


def partition_redis(arena: Arena) -> str:
    return _silence(arena, arena.cluster.redis_proxy)


def partition_postgres(arena: Arena) -> str:
    return _silence(arena, arena.cluster.postgres_proxy)


def _silence(arena: Arena, proxy: FaultProxy) -> str:
    proxy.partition()
    time.sleep(arena.seconds)
    proxy.pass_through()
    return f"silent for {arena.seconds:.0f} s"


def slow_redis(arena: Arena) -> str:
    proxy = arena.cluster.redis_proxy
    proxy.delay(20, 400)
    time.sleep(arena.seconds)
    proxy.pass_through()
    return f"20 to 400 ms late for {arena.seconds:.0f} s"


def cut_mid_frame(arena: Arena) -> str:
    def cut_some() -> None:
        for viewer in arena.some_viewers():
            viewer.become(CutsMidFrame())

    return f"half of the viewers, {arena.again_and_again(cut_some, pause=2)} ×"


def vanish(arena: Arena) -> str:
    for viewer in arena.some_viewers():
        viewer.come_back_as(Vanishes(arena.left_behind), arena.some_host())
    time.sleep(arena.seconds)
    return f"{len(arena.left_behind)} clients silent for {arena.seconds:.0f} s and more"


def read_slowly(arena: Arena) -> str:
    slow = arena.some_viewers()
    for viewer in slow:
        viewer.come_back_as(ReadsOneByteASecond(), arena.some_host())
    time.sleep(arena.seconds)
    for viewer in slow:
        viewer.hang_up()
    return f"{len(slow)} clients for {arena.seconds:.0f} s"


FAULTS = (
    Fault("kill-worker", "`kill -9` a worker", kill_workers, takes_rest_away=True),
    # New workers begin cold, beside those that leave: where cores are short, a request may be told
    # to come back because no connection to the database was free in time.
    Fault("rolling-restart", "rolling restart", restart_rolling, takes_rest_away=True),
    Fault("kill-redis", "Redis `kill -9` and restart", kill_redis),
    Fault("flush-redis", "Redis `FLUSHALL`", flush_redis),
    Fault("partition-redis", "partition of Redis", partition_redis, 30.0, 6.0),
    Fault(
        "partition-postgres",
        "partition of PostgreSQL",
        partition_postgres,
        seconds=30.0,
        least_seconds=6.0,
        takes_rest_away=True,
    ),
    Fault("kill-pubsub", "`CLIENT KILL TYPE pubsub`", kill_subscriptions),
    Fault("slow-redis", "slow, jittery Redis", slow_redis),
    Fault("cut-mid-frame", "clients cut mid-frame", cut_mid_frame),
    Fault("half-open", "half-open clients", vanish),
    Fault("one-byte", "clients that read 1 byte a second", read_slowly),
)
