"""What the doctor finds in Redis: each fault is made on a real server, and undone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cluster.process import free_port
from cluster.redis_server import RedisServer
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.redis_checks import REDIS
from tests.support.examining import app_with, found

pytestmark = pytest.mark.programs


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@contextmanager
def configured(redis: RedisServer, **settings: str) -> Iterator[None]:
    names = [name.replace("_", "-") for name in settings]
    found = [str(redis.client().config_get(name)[name]) for name in names]
    for name, value in zip(names, settings.values(), strict=True):
        redis.ask("CONFIG", "SET", name, value)
    try:
        yield
    finally:
        for name, value in zip(names, found, strict=True):
            redis.ask("CONFIG", "SET", name, value)


def findings(url: str) -> list[Finding]:
    environ = {"DATABASE_URL": "sqlite://", "SECRET_KEY": "the-key-of-a-doctor", "REDIS_URL": url}
    with app_with(environ) as app:
        return found(app, REDIS)


def find(url: str) -> set[str]:
    return {finding.fault for finding in findings(url)}


def test_nothing_is_found_in_a_fresh_server(redis: RedisServer) -> None:
    assert find(redis.url) == set()


def test_a_server_that_does_not_answer_is_named() -> None:
    assert find(f"redis://127.0.0.1:{free_port()}/0") == {"redis_away"}


def test_a_cluster_that_is_none_is_named_once(redis: RedisServer) -> None:
    assert [found.fault for found in findings(f"redis+cluster://127.0.0.1:{redis.port}")] == [
        "redis_no_cluster"
    ]


def test_a_server_that_takes_no_writes_is_named(redis: RedisServer) -> None:
    with configured(redis, min_replicas_to_write="1"):
        assert find(redis.url) == {"redis_fails"}


def test_a_server_without_memory_is_named(redis: RedisServer) -> None:
    with configured(redis, maxmemory="100kb"):
        assert find(redis.url) == {"redis_full", "redis_nearly_full"}


def test_a_server_that_has_little_memory_left_is_named(redis: RedisServer) -> None:
    redis.ask("SET", "large", "x" * 5_000_000)
    used = int(str(redis.info("memory")["used_memory"]))
    with configured(redis, maxmemory=str(used + 400_000)):
        assert find(redis.url) == {"redis_nearly_full"}
    redis.ask("FLUSHALL")


def test_a_server_that_forgets_what_it_counts_is_named(redis: RedisServer) -> None:
    used = int(str(redis.info("memory")["used_memory"]))
    with configured(redis, maxmemory=str(used + 300_000), maxmemory_policy="allkeys-lru"):
        for number in range(100):
            redis.ask("SET", f"k{number}", "x" * 10_000)
        assert "redis_evicts" in find(redis.url)
    redis.ask("FLUSHALL")
    (finding,) = findings(redis.url)  # the count stays, also where there is memory enough
    *_, command = finding.mend.partition("redis-cli ")
    redis.ask(*command.split())
    assert find(redis.url) == set()


@pytest.mark.parametrize(
    ("limits", "fault"),
    [("64kb 32kb 60", "redis_buffer_small"), ("0 0 0", "redis_buffer_unbounded")],
)
def test_buffers_that_cut_workers_or_know_no_bound_are_named(
    redis: RedisServer, limits: str, fault: str
) -> None:
    with configured(redis, client_output_buffer_limit=f"pubsub {limits}"):
        assert find(redis.url) == {fault}


def test_a_replica_is_named(redis: RedisServer) -> None:
    redis.ask("REPLICAOF", "127.0.0.1", free_port())
    try:
        assert find(redis.url) == {"redis_replica"}
    finally:
        redis.ask("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize("rights", ["~qader:* &nothing +@all", "~nothing:* &* +@all"])
def test_a_user_who_may_not_do_what_the_service_does_is_named(
    redis: RedisServer, rights: str
) -> None:
    redis.ask("ACL", "SETUSER", "player", "on", ">secret", "resetchannels", *rights.split())
    try:
        assert find(redis.url.replace("//", "//player:secret@")) == {"redis_forbids"}
    finally:
        redis.ask("ACL", "DELUSER", "player")
