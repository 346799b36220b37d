"""Redis alone, with Sentinel and as a cluster, in the newest and the oldest supported version."""

from contextlib import closing
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as NoConnection

from cluster.programs import version
from cluster.redis_groups import RedisClusterSetup, SentinelSetup
from cluster.redis_server import OLDEST_REDIS, RedisServer, redis_program

both_programs = pytest.mark.parametrize(
    "program", [redis_program(), OLDEST_REDIS], ids=["newest", "6.2"]
)


def test_two_versions_are_installed() -> None:
    assert version(redis_program()) >= (7,) > version(OLDEST_REDIS) >= (6, 2)


@both_programs
def test_a_killed_server_starts_again_empty_on_its_port(tmp_path: Path, program: Path) -> None:
    with RedisServer(tmp_path, program=program) as server, closing(server.client()) as client:
        client.set("a", "1")
        server.kill()
        with pytest.raises(NoConnection):
            client.ping()
        server.start()
        assert client.get("a") is None
        assert server.url == f"redis://127.0.0.1:{server.port}/0"


def test_options_reach_the_server(tmp_path: Path) -> None:
    with RedisServer(tmp_path, None, "--maxmemory", "12mb") as server:
        assert server.info("memory")["maxmemory"] == 12 * 2**20


@both_programs
@pytest.mark.parametrize("sentinels", [1, 3])
def test_sentinels_replace_a_primary_that_dies(
    tmp_path: Path, program: Path, sentinels: int
) -> None:
    with SentinelSetup(tmp_path, sentinels, program=program) as setup:
        before = setup.primary
        after = setup.fail_over()
        assert after is setup.primary is not before
        with closing(after.client()) as client:
            assert client.set("a", "1")  # a replica would refuse
        assert setup.url.count("127.0.0.1:") == sentinels


@both_programs
def test_a_cluster_covers_every_slot_again_after_a_loss(tmp_path: Path, program: Path) -> None:
    with RedisClusterSetup(tmp_path, program=program) as setup:
        assert slots(setup.servers[1]) == 16_384
        setup.servers[0].kill()
        setup.stop()
        setup.start()
        assert slots(setup.servers[0]) == 16_384


def slots(server: RedisServer) -> int:
    with closing(server.client()) as client:
        return sum(last - first + 1 for first, last, *_ in client.cluster("SLOTS"))
