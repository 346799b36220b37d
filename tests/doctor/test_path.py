"""Faults of real proxies, each of which the doctor names, and nothing else beside it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from cluster.fault_proxy.handle import FaultProxy
from cluster.local_server import LocalServer
from cluster.process import free_port
from qader_sse.doctor.path.checks import PATH
from qader_sse.installation import ROOT
from tests.support.duel import QUICK_HASH
from tests.support.examining import app_with, faults, streams_of_the_canary
from tests.support.faulty_proxies import (
    FaultyCaddy,
    FaultyHaproxy,
    FaultyNginx,
)
from tests.support.nginx_faults import FOUND, FOUND_AT_REST, LOCATIONS
from tests.support.tls import Authority

pytestmark = [pytest.mark.programs, pytest.mark.timeout(120)]

MOST_STREAMS = 12


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("doctor")
    return {
        "DATABASE_URL": f"sqlite:///{folder}/qader.sqlite3",
        "SECRET_KEY": "the-key-of-a-doctor",
        "PASSWORD_HASH_METHOD": QUICK_HASH,
        "HEARTBEAT_SECONDS": "2",
        "KEEPALIVE_SECONDS": "2.5",
        "FAIR_SHARES": "true",
        "MAX_STREAMS_PER_PERSON": str(MOST_STREAMS),
    }


@pytest.fixture(scope="module")
def service(environ: dict[str, str]) -> Iterator[LocalServer]:
    with LocalServer(**environ) as server:
        yield server


@pytest.fixture(scope="module")
def app(environ: dict[str, str], service: LocalServer) -> Iterator[Flask]:
    with app_with(environ) as app:
        yield app


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("SSL_CERT_FILE", str(authority.bundle))
        yield authority


@pytest.fixture(scope="module")
def nginx(
    service: LocalServer, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    good, ending = authority.certificate("good"), authority.certificate("ending", days=5)
    secured = {
        "tls": ("ssl http2", good),
        "tls_ends": ("ssl http2", ending),
        "tls_scheme": ("ssl http2", good),
        "tls_http1": ("ssl", good),
    }
    folder = tmp_path_factory.mktemp("nginx")
    with FaultyNginx(folder, service.port, LOCATIONS, secured) as proxy:
        yield proxy.ports


def test_heartbeats_that_do_not_come_as_they_should_are_named(
    environ: dict[str, str], service: LocalServer
) -> None:
    # The doctor is told that they come more often than they do.
    with app_with(environ | {"HEARTBEAT_SECONDS": "0.1"}) as app:
        found = faults(app, PATH, url=service.base_url, quiet_seconds=1.6)
    assert found == {"heartbeats_lost"}


def test_a_service_that_has_no_place_for_another_stream_is_named(
    app: Flask, service: LocalServer
) -> None:
    with streams_of_the_canary(app, service.base_url, MOST_STREAMS):
        assert faults(app, PATH, url=service.base_url) == {"no_place"}


def test_a_proxy_that_breaks_connections_is_named(app: Flask, service: LocalServer) -> None:
    with FaultProxy(service.port) as proxy:
        proxy.set_fault("reset")
        assert faults(app, PATH, url=proxy.base_url) == {"no_answer"}


def test_without_the_database_the_canary_stays_out_and_the_address_is_examined(
    service: LocalServer, nginx: dict[str, int]
) -> None:
    environ = {
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none",
        "SECRET_KEY": "the-key-of-a-doctor",
    }
    with app_with(environ) as app:
        assert faults(app, PATH, url=address(nginx, "tls_http1")) == {"no_http2", "no_canary"}


def address(ports: dict[str, int], name: str) -> str:
    return f"http{'s' if name.startswith('tls') else ''}://127.0.0.1:{ports[name]}"


@pytest.mark.parametrize("name", FOUND)
def test_each_fault_of_nginx_is_named(app: Flask, nginx: dict[str, int], name: str) -> None:
    assert faults(app, PATH, url=address(nginx, name)) == FOUND[name]


def test_the_page_shows_what_is_said_of_a_plain_nginx(app: Flask, nginx: dict[str, int]) -> None:
    args = ["doctor", address(nginx, "plain"), "--quiet-seconds", "0", "--least-free-mb", "0"]
    done = app.test_cli_runner().invoke(args=args)
    assert done.exit_code == 1
    said = done.stdout.replace(str(nginx["plain"]), "8080")
    assert f"```\n{said}```\n" in (ROOT / "docs/doctor.md").read_text(), said


@pytest.mark.parametrize("name", FOUND_AT_REST)
def test_what_cuts_connections_at_rest_is_named(
    app: Flask, nginx: dict[str, int], name: str
) -> None:
    assert faults(app, PATH, url=address(nginx, name), quiet_seconds=2.5) == FOUND_AT_REST[name]


def test_a_certificate_that_browsers_refuse_is_named_and_hides_nothing_else(
    app: Flask, nginx: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    url = address(nginx, "tls_http1")
    assert faults(app, PATH, url=url) == {"certificate_refused", "no_http2"}


@pytest.fixture(scope="module")
def haproxy(
    service: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    quick = "option http-no-delay"
    cut = "timeout server 1s\n timeout client 1s\n timeout tunnel 1s\n http-reuse never"
    lines = {"healthy": quick, "late": "", "idle": f"{quick}\n {cut}"}
    with FaultyHaproxy(tmp_path_factory.mktemp("haproxy"), service.port, lines) as proxy:
        yield proxy.ports


@pytest.mark.parametrize(("name", "expected"), [("healthy", set()), ("late", {"events_late"})])
def test_events_that_haproxy_holds_for_a_moment_are_named(
    app: Flask, haproxy: dict[str, int], name: str, expected: set[str]
) -> None:
    assert faults(app, PATH, url=address(haproxy, name)) == expected


def test_what_haproxy_cuts_is_named(app: Flask, haproxy: dict[str, int]) -> None:
    assert faults(app, PATH, url=address(haproxy, "idle"), quiet_seconds=2.5) == {"idle_cut"}


@pytest.fixture(scope="module")
def caddy(
    service: LocalServer, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    lines = {
        "tls": "encode gzip\n reverse_proxy %service",
        "held": "encode {\n gzip\n minimum_length 1\n }\n reverse_proxy %service {\n header_down -Content-Encoding\n }",
    }
    secured = {"tls": authority.certificate("caddy")}
    folder = tmp_path_factory.mktemp("caddy")
    with FaultyCaddy(folder, service.port, lines, secured) as proxy:
        yield proxy.ports


@pytest.mark.parametrize(
    ("name", "expected"), [("tls", set()), ("held", {"compression_holds_back"})]
)
def test_compression_that_holds_events_back_is_named(
    app: Flask, caddy: dict[str, int], name: str, expected: set[str]
) -> None:
    assert faults(app, PATH, url=address(caddy, name)) == expected


def test_connections_that_caddy_keeps_for_longer_than_the_service_are_named(
    app: Flask, caddy: dict[str, int]
) -> None:
    assert faults(app, PATH, url=address(caddy, "tls"), quiet_seconds=2.5) == {"keepalive_short"}


def test_an_address_without_a_server_is_named(app: Flask) -> None:
    assert faults(app, PATH, url=f"http://127.0.0.1:{free_port()}") == {"url_away"}


def test_an_address_that_is_not_encrypted_is_named(app: Flask, nginx: dict[str, int]) -> None:
    # Linux connects this address to 127.0.0.1; to the doctor it is not one of this machine alone.
    url = f"http://0.0.0.0:{nginx['healthy']}"
    assert faults(app, PATH, url=url) == {"no_tls"}


def test_a_clock_that_is_off_is_named(app: Flask, service: LocalServer) -> None:
    assert faults(app, PATH, url=service.base_url, hours_ahead=1) == {"service_clock"}


def test_without_a_proxy_nothing_is_found(app: Flask, service: LocalServer) -> None:
    assert faults(app, PATH, url=service.base_url, quiet_seconds=2.5) == set()
