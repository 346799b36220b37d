"""What Sentinels and a Redis Cluster can do to the bus: failovers, and partitions that move."""

from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot

from cluster.redis_groups import RedisClusterSetup, SentinelSetup
from cluster.redis_server import RedisServer
from cluster.waiting import wait_until
from qader_sse.realtime.bus.announcements import channel
from tests.support.redis_workers import event, speaks, workers

pytestmark = pytest.mark.timeout(60)


def test_sentinel_names_another_primary(tmp_path: Path) -> None:
    with SentinelSetup(tmp_path) as group:
        here, there = workers(group.url)
        group.fail_over()
        wait_until(lambda: here.bus.is_up and there.bus.is_up and speaks(here, there), timeout=30)
        assert here.bus.counters["lost_connections"] >= 1


def move_slot(group: RedisClusterSetup, slot: int) -> None:
    """Hand a slot to another server of the cluster, as resharding does."""
    owner = next(server for server in group.servers if holds(server, slot))
    heir = next(server for server in group.servers if server is not owner)
    heir_id = heir.ask("CLUSTER MYID")
    assert isinstance(heir_id, bytes)
    for server in group.servers:
        server.ask("CLUSTER SETSLOT", slot, "NODE", heir_id.decode())


def holds(server: RedisServer, slot: int) -> bool:
    slots: Any = server.ask("CLUSTER SLOTS")
    return any(
        first <= slot <= last and port == server.port for first, last, (_, port, *_), *_ in slots
    )


def test_a_partition_that_moves_to_another_server_is_followed(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        here, there = workers(group.url)
        moved = channel(here.bus._namespace, 0)
        move_slot(group, key_slot(moved.encode()))
        wait_until(lambda: here.bus.counters["lost_connections"] >= 1)
        wait_until(lambda: here.bus.is_up and there.bus.is_up)
        for number in range(50):
            here.bus.announce([event(1, f"challenge:{number}")])
        wait_until(lambda: len(there.events) >= 50)


def test_a_cluster_server_that_comes_back_is_found_again(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        here, there = workers(group.url)
        group.servers[1].kill()
        wait_until(lambda: not here.bus.is_up and not there.bus.is_up)
        group.servers[1].start()
        wait_until(lambda: here.bus.is_up and there.bus.is_up and speaks(here, there), timeout=30)
