"""Whole installations: the healthy ones, and what is wrong with a worker or behind it."""

from collections.abc import Iterator

import pytest

from cluster.fault_proxy.handle import FaultProxy
from cluster.local_cluster import Cluster
from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from qader_sse.doctor.path.checks import PATH
from qader_sse.doctor.redis_checks import REDIS
from tests.support.duel import QUICK_HASH
from tests.support.examining import app_with, faults
from tests.support.tls import Authority

pytestmark = [pytest.mark.programs, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(
        nodes=2,
        workers=1,
        PASSWORD_HASH_METHOD=QUICK_HASH,
        HEARTBEAT_SECONDS="1",
        FAIR_SHARES="true",
    ) as cluster:
        yield cluster


def test_nothing_is_found_in_a_cluster(cluster: Cluster) -> None:
    """On Redis and PostgreSQL, through the nginx that `make cluster` starts."""
    options = ["--quiet-seconds", "2.5", "--least-free-mb", "0"]
    assert cluster.flask("doctor", cluster.base_url, *options) == "Nothing is wrong.\n"


def test_a_session_of_another_database_is_named(cluster: Cluster, database_url: str) -> None:
    with app_with(cluster.settings | {"DATABASE_URL": database_url, "REDIS_URL": ""}) as app:
        assert faults(app, PATH, url=cluster.base_url) == {"session_unknown"}


def test_workers_without_their_database_are_named(cluster: Cluster) -> None:
    with app_with(cluster.settings | {"DATABASE_URL": cluster.database_url}) as app:
        cluster.postgres_proxy.refuse()
        try:
            wait_until(lambda: "service_unavailable" in faults(app, PATH, url=cluster.base_url))
            found = faults(app, PATH, url=cluster.base_url)
        finally:
            cluster.postgres_proxy.pass_through()
        assert found == {"service_unavailable", "canary_refused"}
        wait_until(lambda: faults(app, PATH, url=cluster.base_url) == set())


def test_what_holds_the_body_of_a_stream_back_is_named(cluster: Cluster) -> None:
    with app_with(cluster.settings) as app, FaultProxy(cluster.nodes[0].port) as proxy:
        assert faults(app, PATH, url=proxy.base_url) == {"client_address_lost"}
        proxy.set_fault("buffer")
        assert faults(app, PATH, url=proxy.base_url) == {"client_address_lost", "buffering"}


def test_workers_that_have_lost_redis_are_named_and_late_events_are_not(cluster: Cluster) -> None:
    with app_with(cluster.settings) as app:
        cluster.redis_proxy.refuse()
        try:
            wait_until(lambda: "service_degraded" in faults(app, PATH, url=cluster.base_url))
            assert faults(app, REDIS) == {"redis_away"}
            assert faults(app, PATH, url=cluster.base_url) == {"service_degraded"}
        finally:
            cluster.redis_proxy.pass_through()
        wait_until(lambda: faults(app, PATH, url=cluster.base_url) == set())


def test_a_worker_that_was_patched_too_late_and_speaks_tls_itself_is_named(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    file = authority.certificate("gunicorn")
    environ = {"DATABASE_URL": database_url, "SECRET_KEY": "the-key-of-a-doctor"}
    arguments = f"--preload --certfile {file} --keyfile {file}"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    server = LocalServer(**environ, MAX_STREAMS="1000", GUNICORN_CMD_ARGS=arguments)
    server.process.start()
    try:
        server.process.wait_until_up(lambda: "worker ready" in server.log)
        url = f"https://127.0.0.1:{server.port}"
        with app_with(environ) as app:
            expected = {"patched_late", "handover_off", "no_http2"}
            assert faults(app, PATH, url=url) == expected
    finally:
        server.stop()
