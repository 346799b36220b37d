"""The faults: each function causes one for some seconds, and returns when it is over."""

import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chaos.socket_readers import CutsMidFrame, ReadsOneByteASecond, Vanishes
from chaos.viewer import Viewer
from cluster.embedded_server import EmbeddedServer
from cluster.fault_proxy.handle import FaultProxy
from cluster.local_cluster import Cluster


@dataclass
class Target:
    """The servers and the viewers that a fault disturbs, and the sockets that it leaves behind."""

    servers: Cluster | EmbeddedServer
    viewers: Callable[[], list[Viewer]]
    have_all_begun: Callable[[], bool]
    chance: random.Random
    seconds: float
    # The sockets of clients that vanished; nothing reads them any more.
    left_behind: list[socket.socket] = field(default_factory=list)
    # What the fault itself saw go wrong, one sentence each.
    problems: list[str] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        if not isinstance(self.servers, Cluster):
            raise TypeError("this fault needs a cluster")
        return self.servers

    def repeat(self, action: Callable[[], None], pause: float) -> int:
        """Repeat an action for the length of the fault, with about this pause; return how often."""
        end = time.monotonic() + self.seconds
        times = 0
        while time.monotonic() < end:
            action()
            times += 1
            time.sleep(pause * self.chance.uniform(0.7, 1.3))
        return times

    def redis(self, *command: str) -> Any:
        """Return the answer of Redis to a command that does not pass the proxy."""
        return self.cluster.redis.ask(*command)

    def some_viewers(self) -> list[Viewer]:
        viewers = self.viewers()
        return self.chance.sample(viewers, len(viewers) // 2)

    def some_host(self) -> str:
        """Return the balancer, or one of the nodes behind it.

        nginx hides a slow client from the service; a client that connects to a node is not hidden.
        """
        addresses = [self.cluster.base_url, *(node.base_url for node in self.cluster.nodes)]
        return self.chance.choice(addresses).removeprefix("http://")


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault; `make` causes it, and returns what it did in a few words."""

    name: str
    title: str
    make: Callable[[Target], str]
    # It lasts `seconds` in a campaign of ten minutes or more; in a shorter one proportionally less,
    # but at least `least_seconds`.
    seconds: float = 12.0
    least_seconds: float = 4.0
    # While the fault lasts, REST may answer with a 503: requests need what it makes unreachable.
    excuses_rest: bool = False
    # The service logs tracebacks because of it, which are otherwise a problem.
    is_logged: bool = False
    # Viewers may get a reset. Only streams with numbers show what it replaces, so all use SSE.
    resets: bool = False
    # The database loses its last commits: viewers may have received messages that it no longer has,
    # and players give the lost answers again.
    loses_commits: bool = False


def kill_workers(target: Target) -> str:
    def kill_one() -> None:
        node = target.chance.choice(target.cluster.nodes)
        node.kill_worker(target.chance.choice(node.worker_pids))

    return f"{target.repeat(kill_one, pause=2)} workers killed"


def restart_rolling(target: Target) -> str:
    for node in target.cluster.nodes:
        node.reload()
    return f"all workers of {len(target.cluster.nodes)} nodes replaced, one node after the other"


def kill_redis(target: Target) -> str:
    def kill_and_restart() -> None:
        target.cluster.redis.kill()
        time.sleep(target.chance.uniform(0.5, 2))
        target.cluster.redis.start()

    return f"killed and started {target.repeat(kill_and_restart, pause=2)} ×"


def flush_redis(target: Target) -> str:
    times = target.repeat(lambda: target.redis("FLUSHALL"), pause=0.5)
    return f"flushed {times} ×"


def kill_subscriptions(target: Target) -> str:
    killed: list[int] = []
    command = ("CLIENT", "KILL", "TYPE", "pubsub")
    target.repeat(lambda: killed.append(target.redis(*command)), pause=1)
    return f"{sum(killed)} subscriptions killed"


def partition_redis(target: Target) -> str:
    return _silence(target, target.cluster.redis_proxy)


def partition_postgres(target: Target) -> str:
    return _silence(target, target.cluster.postgres_proxy)


def _silence(target: Target, proxy: FaultProxy) -> str:
    proxy.partition()
    time.sleep(target.seconds)
    proxy.pass_through()
    return f"silent for {target.seconds:.0f} s"


def slow_redis(target: Target) -> str:
    proxy = target.cluster.redis_proxy
    proxy.delay(20, 400)
    time.sleep(target.seconds)
    proxy.pass_through()
    return f"20 to 400 ms late for {target.seconds:.0f} s"


def cut_mid_frame(target: Target) -> str:
    def cut_some() -> None:
        for viewer in target.some_viewers():
            viewer.read_with(CutsMidFrame())

    return f"half of the viewers, {target.repeat(cut_some, pause=2)} ×"


def vanish(target: Target) -> str:
    for viewer in target.some_viewers():
        viewer.reconnect_with(Vanishes(target.left_behind), target.some_host())
    time.sleep(target.seconds)
    return f"{len(target.left_behind)} clients silent for {target.seconds:.0f} s and more"


def read_slowly(target: Target) -> str:
    slow = target.some_viewers()
    for viewer in slow:
        viewer.reconnect_with(ReadsOneByteASecond(), target.some_host())
    time.sleep(target.seconds)
    for viewer in slow:
        viewer.hang_up()
    return f"{len(slow)} clients for {target.seconds:.0f} s"


FAULTS = (
    Fault("kill-worker", "`kill -9` a worker", kill_workers, excuses_rest=True),
    # New workers start beside those that leave: with few cores, a request may be deferred because no
    # connection to the database was free in time.
    Fault("rolling-restart", "rolling restart", restart_rolling, excuses_rest=True),
    Fault("kill-redis", "Redis `kill -9` and restart", kill_redis),
    Fault("flush-redis", "Redis `FLUSHALL`", flush_redis),
    Fault("partition-redis", "partition of Redis", partition_redis, 30.0, 6.0),
    Fault(
        "partition-postgres",
        "partition of PostgreSQL",
        partition_postgres,
        seconds=30.0,
        least_seconds=6.0,
        excuses_rest=True,
    ),
    Fault("kill-pubsub", "`CLIENT KILL TYPE pubsub`", kill_subscriptions),
    Fault("slow-redis", "slow, jittery Redis", slow_redis),
    Fault("cut-mid-frame", "clients cut mid-frame", cut_mid_frame),
    Fault("half-open", "half-open clients", vanish),
    Fault("one-byte", "clients that read 1 byte a second", read_slowly),
)
