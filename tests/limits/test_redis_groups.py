"""Limits are counted in Redis behind Sentinel and in a cluster, and go on after a failover."""

from pathlib import Path

import pytest

from cluster.redis_groups import RedisClusterSetup, SentinelSetup
from cluster.waiting import wait_until
from qader_sse.domain.violations import LimitReached
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.settings import LimitSettings
from qader_sse.limits.table import SEARCHES
from qader_sse.realtime.bus import redis_servers

pytestmark = [pytest.mark.timeout(60), pytest.mark.programs]


def worker(url: str) -> FairShares:
    settings = LimitSettings(search_rate="1/hour")
    return FairShares(settings, "secret", lambda: redis_servers.client(url))


def count_together(here: FairShares, there: FairShares, key: object) -> bool:
    """Spend the only one that a key has at one worker; return whether the other refuses it then."""
    here.spend(SEARCHES, key)
    try:
        there.spend(SEARCHES, key)
    except LimitReached:
        return True
    return False


def test_workers_count_together_in_a_cluster(tmp_path: Path) -> None:
    with RedisClusterSetup(tmp_path) as group:
        here, there = worker(group.url), worker(group.url)
        assert all(count_together(here, there, key) for key in range(20))


def test_workers_count_together_behind_sentinel_also_after_a_failover(tmp_path: Path) -> None:
    with SentinelSetup(tmp_path) as group:
        here, there = worker(group.url), worker(group.url)
        assert count_together(here, there, "before")
        group.fail_over()
        numbers = iter(range(1_000))
        wait_until(lambda: count_together(here, there, next(numbers)), timeout=30)
