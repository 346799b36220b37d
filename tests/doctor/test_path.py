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
from tests.support.examining import app_with, faults
from tests.support.faulty_proxies import (
    HEALTHY,
    Authority,
    FaultyCaddy,
    FaultyHaproxy,
    FaultyNginx,
    with_lines,
    without,
)

pytestmark = [pytest.mark.programs, pytest.mark.timeout(120)]

_STREAMS_REFUSED = f"{HEALTHY} location /sse/ {{ return 403; }}"
_SOCKETS_REFUSED = f"{HEALTHY} location /ws/ {{ return 404; }}"
_GZIP = "gzip on; gzip_types text/event-stream; gzip_min_length 1; gzip_http_version 1.0;"

NGINX = {
    "healthy": HEALTHY,
    "plain": "location / { proxy_pass http://nodes; }",
    "as_it_comes": without("version", "upgrade"),
    "host": without("host"),
    "upgrade": without("upgrade"),
    "address": without("for"),
    # nginx holds back what has no chunks.
    "buffering": with_lines("proxy_ignore_headers X-Accel-Buffering;").replace("1.1", "1.0"),
    "compressed": f"{_GZIP} {with_lines('proxy_hide_header Content-Encoding;')}",
    "idle": with_lines("proxy_read_timeout 1s;"),
    "kept": HEALTHY.replace("//nodes", "//service"),
    "untrusted": with_lines("proxy_bind 127.0.0.2;"),
    "origin": with_lines('proxy_set_header Origin "";'),
    "last_event_id": with_lines('proxy_set_header Last-Event-ID "";'),
    "cookie": with_lines('proxy_set_header Cookie "";'),
    "dead": f"location / {{ proxy_pass http://127.0.0.1:{free_port()}; }}",
    "another": "location / { return 200 hello; }",
    "redirected": "location / { return 301 https://$host$request_uri; }",
    "streams_refused": _STREAMS_REFUSED,
    "sockets_refused": _SOCKETS_REFUSED,
    "canary_hidden": f"{HEALTHY} location /canary/ {{ return 404; }}",
    "tls": HEALTHY,
    "tls_ends": HEALTHY,
    "tls_scheme": without("scheme"),
    "tls_http1": HEALTHY,
}
FOUND = {
    "healthy": set(),
    "as_it_comes": {"http10", "upgrade_lost"},
    "host": {"host_lost", "socket_host_lost"},
    "upgrade": {"upgrade_lost"},
    "address": {"client_address_lost"},
    "buffering": {"buffering", "http10", "socket_refused"},
    "compressed": {"compressed"},
    "untrusted": {"proxy_untrusted"},
    "origin": {"header_lost"},
    "last_event_id": {"header_lost", "resume_lost"},
    "cookie": {"session_unknown"},
    "dead": {"bad_gateway"},
    "another": {"another_service"},
    "redirected": {"redirected"},
    "streams_refused": {"stream_refused"},
    "sockets_refused": {"socket_refused"},
    "canary_hidden": {"canary_missing"},
    "tls": set(),
    "tls_ends": {"certificate_ends"},
    "tls_scheme": {"scheme_lost"},
    "tls_http1": {"no_http2"},
}
QUIET = {"healthy": set(), "idle": {"idle_cut"}, "kept": {"keepalive_short"}}


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("doctor")
    return {
        "DATABASE_URL": f"sqlite:///{folder}/qader.sqlite3",
        "SECRET_KEY": "the-key-of-a-doctor",
        "PASSWORD_HASH_METHOD": QUICK_HASH,
        "HEARTBEAT_SECONDS": "2",
        "KEEPALIVE_SECONDS": "2.5",
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
    with FaultyNginx(folder, service.port, NGINX, secured) as proxy:
        yield proxy.ports


def test_heartbeats_that_do_not_come_as_they_should_are_named(
    environ: dict[str, str], service: LocalServer
) -> None:
    # The doctor is told that they come more often than they do.
    with app_with(environ | {"HEARTBEAT_SECONDS": "0.1"}) as app:
        found = faults(app, PATH, url=service.base_url, quiet_seconds=1.6)
    assert found == {"heartbeats_lost"}


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


@pytest.mark.parametrize("name", QUIET)
def test_what_cuts_connections_at_rest_is_named(
    app: Flask, nginx: dict[str, int], name: str
) -> None:
    assert faults(app, PATH, url=address(nginx, name), quiet_seconds=2.5) == QUIET[name]


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
    lines = {"healthy": "option http-no-delay", "late": ""}
    with FaultyHaproxy(tmp_path_factory.mktemp("haproxy"), service.port, lines) as proxy:
        yield proxy.ports


@pytest.mark.parametrize(("name", "expected"), [("healthy", set()), ("late", {"events_late"})])
def test_events_that_haproxy_holds_for_a_moment_are_named(
    app: Flask, haproxy: dict[str, int], name: str, expected: set[str]
) -> None:
    assert faults(app, PATH, url=address(haproxy, name)) == expected


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
