"""Redis servers that belong together: a primary with its sentinels, and a cluster."""

from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, cast

from redis.exceptions import ResponseError

from cluster.process import free_port
from cluster.redis_server import RedisServer
from cluster.server import Server
from cluster.waiting import wait_until

SENTINEL_NAME = "qader"
# The servers of a cluster communicate on a second port, this far above the first.
_BUS_PORT_DISTANCE = 10_000
_SLOTS = 16_384

_SENTINEL_OPTIONS = {
    "down-after-milliseconds": 1000,
    "failover-timeout": 5000,
    "parallel-syncs": 1,
}


class RedisGroup(Server):
    """Several servers that start and stop together."""

    def __init__(self) -> None:
        self._running = ExitStack()

    def stop(self) -> None:
        self._running.close()

    def _start(self, *servers: RedisServer) -> None:
        for server in servers:
            self._running.enter_context(server)


class SentinelSetup(RedisGroup):
    """A primary, a replica, and sentinels that replace a primary that is unreachable for a second."""

    def __init__(self, folder: Path, sentinels: int = 3, *, program: Path | None = None) -> None:
        super().__init__()
        # By default a primary waits 5 s before it serves a new replica, in case more of them join.
        first = RedisServer(folder, None, "--repl-diskless-sync-delay", "0", program=program)
        primary = ("127.0.0.1", str(first.port))
        replica = RedisServer(folder, None, "--replicaof", *primary, program=program)
        self.servers = [first, replica]
        self.sentinels = [
            RedisServer(folder, None, "--sentinel", program=program) for _ in range(sentinels)
        ]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{SENTINEL_NAME}"

    def start(self) -> None:
        self._start(*self.servers)
        # The replica first: sentinels ask the primary for its replicas when they start, and then
        # only every ten seconds.
        replica = self.servers[1]
        wait_until(lambda: replica.info("replication").get("master_link_status") == "up")
        self._start(*self.sentinels)
        for sentinel in self.sentinels:
            self._watch(sentinel)
        wait_until(lambda: all(map(self._is_ready, self.sentinels)))

    @property
    def primary(self) -> RedisServer:
        """The server that all sentinels name; waits while they disagree."""
        wait_until(lambda: len(self._named_ports()) == 1)
        (port,) = self._named_ports()
        return next(server for server in self.servers if server.port == port)

    def fail_over(self) -> RedisServer:
        """Kill the primary; return its successor when all sentinels name it.

        The killed server stays down. If it is started again, the sentinels make it a replica.
        """
        before = self.primary
        before.kill()
        wait_until(lambda: before.port not in self._named_ports())
        after = self.primary
        wait_until(lambda: after.info("replication")["role"] == "master")
        return after

    def _watch(self, sentinel: RedisServer) -> None:
        """Have a sentinel watch the first server, and forget what it learnt before a stop."""
        quorum = len(self.sentinels) // 2 + 1
        with closing(sentinel.client()) as client:
            with suppress(ResponseError):
                client.sentinel_remove(SENTINEL_NAME)
            client.sentinel_monitor(SENTINEL_NAME, "127.0.0.1", self.servers[0].port, quorum)
            for option, value in _SENTINEL_OPTIONS.items():
                client.sentinel_set(SENTINEL_NAME, option, value)

    def _named_ports(self) -> set[int]:
        return {int(_state(sentinel)["port"]) for sentinel in self.sentinels}

    def _is_ready(self, sentinel: RedisServer) -> bool:
        """Whether a sentinel knows the replica and all other sentinels."""
        state = _state(sentinel)
        others = len(self.sentinels) - 1
        return (int(state["num-slaves"]), int(state["num-other-sentinels"])) == (1, others)


class RedisClusterSetup(RedisGroup):
    """Three primaries without replicas, which share the slots."""

    def __init__(self, folder: Path, *, program: Path | None = None) -> None:
        super().__init__()
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
        self.servers = [
            RedisServer(folder, free_port(_BUS_PORT_DISTANCE), *options, program=program)
            for _ in range(3)
        ]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        return f"redis+cluster://{hosts}"

    def start(self) -> None:
        self._start(*self.servers)
        if _cluster_info(self.servers[0])["cluster_slots_assigned"] == "0":
            self._share_slots()
        wait_until(lambda: all(map(_is_whole, self.servers)))

    def _share_slots(self) -> None:
        first = self.servers[0]
        for index, server in enumerate(self.servers):
            bounds = [_SLOTS * number // len(self.servers) for number in (index, index + 1)]
            # Not ADDSLOTSRANGE, which Redis has only from version 7.
            server.ask("CLUSTER", "ADDSLOTS", *range(*bounds))
            # All servers begin with the same epoch; without this they need a while to differ.
            server.ask("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        for server in self.servers[1:]:
            first.ask("CLUSTER", "MEET", "127.0.0.1", server.port)


def _state(sentinel: RedisServer) -> dict[str, Any]:
    with closing(sentinel.client()) as client:
        return cast("dict[str, Any]", client.sentinel_master(SENTINEL_NAME))


def _cluster_info(server: RedisServer) -> dict[str, str]:
    with closing(server.client()) as client:
        return dict(client.cluster("INFO"))


def _is_whole(server: RedisServer) -> bool:
    info = _cluster_info(server)
    return info["cluster_state"] == "ok" and info["cluster_slots_assigned"] == str(_SLOTS)
