"""Who may read `/metrics`, and what stands there after a duel."""

import gc
import re
from contextlib import ExitStack
from pathlib import Path
from socket import create_server, socketpair
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from qader_sse import create_app
from qader_sse.config import BadSetting
from qader_sse.metrics import of_streams, of_the_service
from qader_sse.metrics.reading import Metric
from qader_sse.service import Service
from qader_sse.version import VERSION
from tests.conftest import dispose, make_settings
from tests.support.duel import CHALLENGES, play_to_the_end, started_duel
from tests.support.exposition import labels_of, samples, scraped, value

METRICS = [
    metric
    for module in (of_streams, of_the_service)
    for metric in vars(module).values()
    if isinstance(metric, Metric)
]
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, 200),
        (ELSEWHERE, 404),
        ({"REMOTE_ADDR": ""}, 404),  # a unix socket, behind which is a proxy
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, 404),
        ({"HTTP_HOST": "127.0.0.1:8000"}, 200),
        ({"HTTP_HOST": "[::1]:8000"}, 200),
        ({"HTTP_HOST": "LOCALHOST"}, 200),
        ({"HTTP_HOST": "duels.example"}, 404),  # of a proxy that adds no header
        ({"HTTP_HOST": "localhost.example"}, 404),
        ({"HTTP_HOST": "["}, 404),
        ({"HTTP_HOST": ""}, 404),
    ],
)
def test_only_this_machine_reads_them_and_no_proxy_passes_for_it(
    app: Flask, environ: dict[str, Any], status: int
) -> None:
    answer = app.test_client().get("/metrics", environ_overrides=environ)
    assert answer.status_code == status


def test_a_listener_of_their_own_answers_everybody_and_nothing_else(database_url: str) -> None:
    """A request is known by the socket it came in by, whatever it and the server say of themselves."""
    with ExitStack() as opened:
        own, other = (opened.enter_context(create_server(("127.0.0.1", 0))) for _ in range(2))
        of_a_file, _ = map(opened.enter_context, socketpair())
        port = own.getsockname()[1]
        app = create_app(make_settings(database_url, metrics_address=f"0.0.0.0:{port}"))
        opened.callback(dispose, app)
        claimed = {"SERVER_PORT": str(port), "HTTP_HOST": f"127.0.0.1:{port}"}
        answers = {
            (path, name): app.test_client().get(path, environ_overrides=environ).status_code
            for path in ("/metrics", "/readyz", "/")
            for name, environ in (
                ("own", ELSEWHERE | {"gunicorn.socket": own}),
                ("other", claimed | {"gunicorn.socket": other}),
                ("unix", claimed | {"gunicorn.socket": of_a_file}),
                ("not gunicorn", claimed),
            )
        }
    others = ("other", "unix", "not gunicorn")
    assert answers == {
        ("/metrics", "own"): 200,
        ("/readyz", "own"): 404,
        ("/", "own"): 404,
        **{("/metrics", name): 404 for name in others},
        **{(path, name): 200 for path in ("/readyz", "/") for name in others},
    }


@pytest.mark.parametrize("address", ["9464", "localhost", ":9464", "host:0", "host:65536", "[::1]"])
def test_an_address_without_a_host_or_a_port_is_refused(address: str) -> None:
    with pytest.raises(BadSetting, match="METRICS_ADDRESS must be an address with a port"):
        make_settings("sqlite://", metrics_address=address)


@pytest.mark.parametrize(
    ("address", "port"), [("[::]:9464", 9464), ("localhost:1", 1), ("10.0.0.1:80", 80), ("", None)]
)
def test_an_address_names_its_port(address: str, port: int | None) -> None:
    assert make_settings("sqlite://", metrics_address=address).metrics_port == port


def test_a_duel_is_seen(service: Service, people: dict[str, int], app: Flask) -> None:
    play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    text = scraped(app.test_client())
    assert (
        value(text, "qader_use_case_seconds_count", use_case="challenges.answer", outcome="ok")
        == 20
    )
    assert value(text, "qader_events_appended_total", type="answer.result") == 20
    assert value(text, "qader_events_appended_total") == value(text, "qader_events_announced_total")
    assert value(text, "qader_statements_total", use_case="challenges.answer") >= 4 * 20
    assert value(text, "qader_database_up") == value(text, "qader_database_migrated") == 1
    assert labels_of(text, "qader_build_info", "version") == {VERSION}
    assert value(text, "process_resident_memory_bytes") > 10_000_000
    assert value(text, "qader_pool_wait_seconds_count") > 20


def test_the_open_files_are_counted(app: Flask, tmp_path: Path) -> None:
    gc.collect()  # or what earlier tests have left might be closed in between
    before = value(scraped(app.test_client()), "process_open_fds")
    with ExitStack() as opened:
        for number in range(50):
            opened.enter_context((tmp_path / str(number)).open("w"))
        assert value(scraped(app.test_client()), "process_open_fds") == before + 50


def test_what_background_tasks_do_is_counted_by_their_use_cases(
    service: Service, app: Flask, people: dict[str, int]
) -> None:
    service.sweeper.run_once()
    service.sweeper.delete_old()
    service.presence.record(set(people.values()), set(people.values()))
    text = scraped(app.test_client())
    for use_case in ("maintenance.next_due", "retention.delete_sessions", "presence.record"):
        assert value(text, "qader_use_case_seconds_count", use_case=use_case, outcome="ok") >= 1
        assert value(text, "qader_statements_total", use_case=use_case) >= 1


def test_what_clients_do_is_counted_by_the_pattern_of_the_address(
    app: Flask, as_user: Any, people: dict[str, int]
) -> None:
    noura: FlaskClient = as_user("noura")
    for number in (1, 2):
        noura.get(f"{CHALLENGES}{number}/")
    noura.get("/nowhere")
    noura.open("/livez", method="BREW")
    wrong = {"username": "noura", "password": "wrong"}
    app.test_client().post("/api/v1/auth/login/", json=wrong)
    app.test_client().get("/sse/challenges/1/")
    text = scraped(app.test_client())
    route = f"{CHALLENGES}<int:challenge_id>/"
    assert value(text, "qader_http_answers_total", route=route, status="404", method="GET") == 2
    assert value(text, "qader_http_answers_total", route="none", status="404") == 1
    assert "BREW" not in text
    assert value(text, "qader_sign_ins_total", outcome="wrong") == 1
    assert value(text, "qader_sign_ins_total", outcome="ok") >= 1
    assert value(text, "qader_streams_refused_total", transport="sse", reason="not_signed_in") == 1


def test_a_stream_that_fails_is_no_mistake_of_the_client(
    service: Service, as_user: Any, app: Flask
) -> None:
    noura = as_user("noura")
    assert noura.get("/sse/stream/").status_code == 400
    with service.database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE login_sessions RENAME TO elsewhere"))
    assert noura.get("/sse/challenges/1/").status_code == 500
    found = scraped(app.test_client())
    for reason in ("bad_request", "failed"):
        assert value(found, "qader_streams_refused_total", transport="sse", reason=reason) == 1


def test_a_limit_that_is_hit_is_counted_by_its_name(database_url: str, people: Any) -> None:
    app = create_app(make_settings(database_url, fair_shares=True, registration_rate="1/hour"))
    try:
        for name in ("first", "second", "third"):
            person = {"username": name, "password": "a-long-password-7"}
            app.test_client().post("/api/v1/auth/register/", json=person)
        text = scraped(app.test_client())
    finally:
        dispose(app)
    assert value(text, "qader_limits_hit_total", limit="too_many_registrations") == 2


def test_the_documents_name_each_metric_and_no_other(app: Flask) -> None:
    text = Path(__file__).parents[2].joinpath("docs/monitoring.md").read_text()
    documented = dict(re.findall(r"`((?:qader|process)_\w+)(?:\{([\w, ]+)\})?`", text))
    for metric in METRICS:
        assert documented[metric.name] == ", ".join(metric.labels)
    of_the_process = {sample.name for sample in samples(scraped(app.test_client()))}
    of_the_process = {name for name in of_the_process if name.startswith("process_")}
    assert set(documented) == of_the_process | {metric.name for metric in METRICS}
