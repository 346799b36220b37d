"""The bus recovers from failovers, and follows partitions that move between servers."""

from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot

from cluster.redis_groups import RedisClusterSetup, SentinelSetup
from cluster.redis_server import RedisServer
from cluster.waiting import wait_until
from qader_sse.realtime.bus.partitions import channel
from tests.support.redis_workers import can_announce, event, two_workers

pytestmark = pytest.mark.timeout(60)


def test_a_failover_by_sentinel_is_followed(tmp_path: Path) -> None:
    with SentinelSetup(tmp_path) as group:
        here, there = two_workers(group.url)
        group.fail_over()
        wait_until(
            lambda: here.bus.is_up and there.bus.is_up and can_announce(here, there), timeout=30
        )
        assert here.bus.counters["lost_connections"] >= 1


def move_slot(group: RedisClusterSetup, slot: int) -> None:
    """Assign a slot to another server of the cluster, as resharding does."""
    owner = next(server for server in group.servers if holds(server, slot))
    new_owner = next(server for server in group.servers if server is not owner)
    new_owner_id = new_owner.ask("CLUSTER MYID")
    assert isinstance(new_owner_id, bytes)
    for server in group.servers:
        server.ask("CLUSTER SETSLOT", slot, "NODE", new_owner_id.decode())


def holds(server: RedisServer, slot: int) -> bool:
    slots: Any = server.ask("CLUSTER SLOTS")
    return any(
        first <= slot <= last and port == server.port for first, last, (_, port, *_), *_ in slots
    )


def test_a_partition_that_moves_to_another_server_is_followed(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        here, there = two_workers(group.url)
        # Only the partition decides the slot: it is the hash tag of the channel.
        move_slot(group, key_slot(channel("any", 0).encode()))
        wait_until(lambda: here.bus.counters["lost_connections"] >= 1)
        wait_until(lambda: here.bus.is_up and there.bus.is_up)
        for number in range(50):
            here.bus.announce([event(1, f"challenge:{number}")])
        wait_until(lambda: len(there.events) >= 50)


def test_a_cluster_server_that_restarts_is_found_again(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        here, there = two_workers(group.url)
        group.servers[1].kill()
        wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
        group.servers[1].start()
        wait_until(
            lambda: here.bus.is_up and there.bus.is_up and can_announce(here, there), timeout=30
        )
